import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import request from 'supertest';
import { Intervals } from './intervals.js';
import { ROOT } from './process.js';
import { pastOf, push, sample, samples, scrape, type Service, startService } from './service.js';

const REJECTED = 'service_collector_observations_rejected_total';
const ANNOUNCED = { 'X-Prometheus-Scrape-Timeout-Seconds': '5' };

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/live/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/live/style.css', 'style.css', 'text/css; charset=utf-8'],
  ['/live/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** What a visit loads. */
const PAGE = ['/', '/live/app.js', '/live/style.css', '/live/icon.svg'];

describe('the live page', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  /** The answer as it comes over the wire. */
  function get(path: string, encoding: string): Promise<{ body: Buffer; encoding: string | undefined }> {
    return new Promise((resolve, reject) => {
      httpRequest(`${service.url}${path}`, { headers: { 'Accept-Encoding': encoding } }, (response) => {
        const { 'content-encoding': answered } = response.headers;
        buffer(response).then((body) => resolve({ body, encoding: answered }), reject);
      })
        .on('error', reject)
        .end();
    });
  }

  it.each(FILES)('is served at %s from %s as %s', async (path, file, type) => {
    const content = readFileSync(join(ROOT, 'public', file));
    const { headers } = await request(service.url).get(path).expect(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['vary']).toBe('Accept-Encoding');
    // Jest compares Buffers element by element, which takes seconds.
    for (const [accepted, encoding, decode] of [
      ['identity', undefined, (body: Buffer) => body],
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
    ] as const) {
      const answer = await get(path, accepted);
      expect([answer.encoding, decode(answer.body).equals(content)]).toEqual([encoding, true]);
    }
  });

  it('is less than 100 KB over the wire, also with gzip alone', async () => {
    for (const encoding of ['gzip', 'br']) {
      const sizes = await Promise.all(PAGE.map(async (path) => (await get(path, encoding)).body.length));
      expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(100_000);
    }
  });

  it.each(PAGE)('is kept by browsers, which ask whether %s has changed', async (path) => {
    const { headers } = await request(service.url).get(path).expect(200);
    expect(headers['cache-control']).toBe('no-cache');
    const again = await request(service.url)
      .get(path)
      .set('If-None-Match', String(headers['etag']))
      .expect(304);
    expect(again.text).toBeFalsy();
    await request(service.url).get(path).set('If-None-Match', '"another"').expect(200);
  });

  it.each(PAGE)('forbids %s whatever the page does not need', async (path) => {
    const { headers } = await request(service.url).get(path);
    expect(String(headers['content-security-policy']).split(';')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(headers).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('has nothing inline and nothing from elsewhere', async () => {
    const { text } = await request(service.url).get('/');
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc="live\/)|https?:/);
    for (const [, path = ''] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(path).not.toMatch(/^\//);
      await request(service.url).get(`/${path}`).set('Sec-Fetch-Mode', 'navigate').expect(200);
    }
  });

  it('leaves the other routes without its headers', async () => {
    for (const path of ['/some', '/metrics']) {
      const { headers } = await request(service.url).get(path).expect(200);
      expect(headers).not.toHaveProperty('content-security-policy');
    }
  });

  it.each([
    '/live',
    '/live/',
    '/live/index.html',
    '/live/App.js',
    '/live/..%2fpackage.json',
    '/live/constructor',
  ])('has no %s', async (path) => {
    await request(service.url)
      .get(path)
      .expect(404)
      .expect('Content-Type', /^application\/problem\+json/);
  });

  it('is one route and its files another in the metrics of requests', async () => {
    for (const path of ['/', '/live/app.js', '/live/style.css', '/live/nothing'])
      await request(service.url).get(path);
    const all = await scrape(service);
    const routes = [...all.keys()].flatMap((series) => /_count\{.*route="(.*?)"/.exec(series)?.[1] ?? []);
    expect(new Set(routes.filter((route) => /live|^\/$/.test(route)))).toEqual(new Set(['/', '/live/:file']));
  });
});

describe('the past of the live page', () => {
  const history = async ({ url }: Service, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/live/history`, { headers });

  it('has what was recorded and refused, without the labels that have lists', async () => {
    using intervals = new Intervals();
    await using service = await startService({ SERVICES: 'shop,cart' });
    const observations = ['shop', 'cart'].map((name) => ({ env: 'testing', statuscode: 204, service: name }));
    await push(service, observations);
    await push(service, 'nothing');
    const { ages, series, refusals } = await intervals.until(
      () => pastOf(service),
      ({ ages: { length } }) => length >= 3,
    );
    expect(ages).toEqual(ages.toSorted((a, b) => b - a));
    const labels = { env: 'testing', type: '200' };
    const codes = series.filter(({ name, labels: { type } }) => name === 'response_code' && type === '200');
    expect(codes).toMatchObject([{ labels }]);
    expect([codes[0]?.values[0], codes[0]?.values.at(-1)]).toEqual([0, 2]);
    expect(refusals).toEqual([
      { name: REJECTED, labels: { source: 'http', reason: 'not_json' }, age: expect.any(Number) },
    ]);
  });

  it('is small, and smaller with gzip', async () => {
    await using service = await startService();
    const response = await history(service, { 'Accept-Encoding': 'gzip' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'no-store',
      vary: 'Accept-Encoding',
    });
    expect(await response.json()).toMatchObject({ series: (await pastOf(service)).series });
  });

  it('is only for those who may read the metrics', async () => {
    await using service = await startService({ METRICS_TOKEN: 'one' });
    const { status, headers } = await history(service);
    expect([status, headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer realm="service-collector"']);
    expect((await history(service, { Authorization: 'Bearer two' })).status).toBe(401);
    expect((await history(service, { Authorization: 'Bearer one' })).status).toBe(200);
  });

  it('is not kept with LIVE_HISTORY=off', async () => {
    using intervals = new Intervals();
    await using service = await startService({ LIVE_HISTORY: 'off' });
    const { count } = intervals;
    expect(await pastOf(service)).toEqual({ ages: [], series: [], refusals: [] });
    await using other = await startService();
    expect(intervals.count).toBe(2 * count + 1);
    expect((await pastOf(other)).ages).toHaveLength(1);
  });

  it('is no scrape: new series still begin at 0 for scrapers that announce themselves', async () => {
    await using service = await startService();
    await push(service, { env: 'testing', statuscode: 299 });
    await history(service, ANNOUNCED);
    const series = 'response_code{env="testing",statuscode="299",type="200"}';
    const page = await fetch(`${service.url}/metrics`, { headers: ANNOUNCED });
    expect(samples(await page.text()).get(series)).toBe(0);
    expect(await sample(service, series)).toBe(1);
  });
});
