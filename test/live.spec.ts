import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import request from 'supertest';
import { ROOT } from './process.js';
import { scrape, type Service, startService } from './service.js';

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
