import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import timers from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { readSettings } from '../src/settings.js';
import { checkElasticsearch } from '../src/sources/elasticsearch/check.js';
import { accountOf } from './accounting.js';
import { refusal, SearchStub } from './search-stub.js';
import { freePort, sample, scrape, type Service, startService, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const POLLS = 'service_collector_elasticsearch_polls_total';
const pem = (name: string): string => join(__dirname, 'tls', name);

describe('Elasticsearch', () => {
  let stub: SearchStub;
  let service: Service | undefined;
  let folder: TemporaryFolder;
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);

  // Polls and retries come soon, not after seconds.
  const pause = timers.setTimeout;
  jest
    .spyOn(timers, 'setTimeout')
    .mockImplementation((milliseconds = 0, value, options) =>
      pause(Math.min(milliseconds, 50), value, options),
    );

  beforeEach(async () => {
    stub = await SearchStub.listen();
    folder = new TemporaryFolder();
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
    await stub[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
    jest.clearAllMocks();
  });

  const settingsOf = (variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ELASTICSEARCH_URL: stub.url,
    ELASTICSEARCH_INDEX: 'logs',
    ELASTICSEARCH_START: 'beginning',
    ELASTICSEARCH_INTERVAL_SECONDS: '1',
    ...variables,
  });

  async function start(variables: NodeJS.ProcessEnv = {}): Promise<Service> {
    service = await startService(settingsOf(variables));
    return service;
  }

  /** Waits until so many polls have had this result. */
  async function polled(result: string, count = 1): Promise<void> {
    await until(
      () => sample(running(), `${POLLS}{result="${result}"}`),
      (polls = 0) => polls >= count,
    );
  }

  async function polledOnceMore(result = 'ok'): Promise<void> {
    // The one in progress may have been answered before.
    await polled(result, ((await sample(running(), `${POLLS}{result="${result}"}`)) ?? 0) + 2);
  }

  function running(): Service {
    if (!service) throw new Error('no service runs');
    return service;
  }

  const codes = (): Promise<number> =>
    accountOf(running(), 'elasticsearch').then(({ responses }) => responses);
  const warnings = (): string[] =>
    warn.mock.calls.map(([message]) => String(message)).filter((text) => text.startsWith('Cannot'));

  it('records documents that are new since the last poll, rejects and skips the rest', async () => {
    stub.add(200, {}, 5_000_000);
    stub.add(200, {}, 5_000_001);
    stub.add(503, { env: 'production' }, -1);
    stub.add(600);
    stub.add(200, { env: 'staging' });
    stub.add(undefined);
    await start();
    await polled('ok');
    stub.add(404);
    await polledOnceMore();
    expect(await accountOf(running(), 'elasticsearch')).toEqual({
      recorded: 4,
      rejected: { invalid_env: 1, invalid_statuscode: 1 },
      responses: 4,
      timed: 2,
    });
    const figures = await scrape(running());
    expect(figures.get('response_time_bucket{le="0.005",env="testing"}')).toBe(1);
    expect(figures.get('response_time_sum{env="testing"}')).toBeCloseTo(0.010000001, 12);
    expect(figures.get('service_collector_skipped_total{source="elasticsearch"}')).toBe(1);
    expect(figures.get('service_collector_source_configured{source="elasticsearch"}')).toBe(1);
    expect(figures.get('service_collector_elasticsearch_last_success_timestamp_seconds')).toBeGreaterThan(
      1e9,
    );
  });

  it('counts by the enabled labels, with one environment for all documents', async () => {
    stub.types = {
      ...stub.types,
      'service.name': 'text',
      'service.name.keyword': 'keyword',
      'url.path': 'wildcard',
    };
    delete stub.types['service.environment'];
    stub.add(200, { 'service.name.keyword': 'shop', 'url.path': '/users/7?a=1' });
    stub.add(200, { 'service.name.keyword': 'x' });
    await start({ ELASTICSEARCH_ENV: 'production', SERVICES: 'shop', METHODS: 'GET', ROUTES: '/users/:id' });
    await polled('ok');
    const figures = await scrape(running());
    const labels = 'statuscode="200",type="200"';
    expect(
      figures.get(
        `response_code{env="production",${labels},service="shop",method="other",route="/users/:id"}`,
      ),
    ).toBe(1);
    expect(
      figures.get(`response_code{env="production",${labels},service="other",method="other",route="other"}`),
    ).toBe(1);
    expect(log.mock.calls.flat().join()).toContain('no index has the field http.request.method');
  });

  it.each<[string, string, (response: ServerResponse, text: string) => unknown]>([
    [
      'that is partial',
      'incomplete',
      (response, text) => response.end(text.replace('"failed":0', '"failed":1')),
    ],
    [
      'that timed out',
      'incomplete',
      (response, text) => response.end(text.replace('"timed_out":false', '"timed_out":true')),
    ],
    [
      'from skipped clusters',
      'incomplete',
      (response, text) => response.end(text.replace('{', '{"_clusters":{"skipped":1},')),
    ],
    ['that is no JSON', 'incomplete', (response) => response.end('<html>')],
    [
      'that is cut off',
      'incomplete',
      (response, text) =>
        response
          .writeHead(200, { 'Content-Length': text.length })
          .write(text.slice(0, 90), () => response.destroy()),
    ],
    ['that is too large', 'incomplete', (response, text) => response.end(text + ' '.repeat(33_554_432))],
    [
      'with HTTP 500',
      'error',
      (response) => response.writeHead(500).end(JSON.stringify(refusal(500, 'x', 'y')[1])),
    ],
    ['with HTTP 302', 'error', (response) => response.writeHead(302, { Location: '/' }).end()],
    ['that never begins', 'error', (response) => response.destroy()],
  ])('counts nothing by an answer %s, says so once, and goes on', async (_what, result, answer) => {
    let isSpoilt = true;
    stub.answer = (response, text) => {
      if (isSpoilt) answer(response, text);
      return isSpoilt;
    };
    stub.add(200);
    await start();
    await polled(result, 2);
    expect(await codes()).toBe(0);
    expect(warnings()).toHaveLength(1);
    isSpoilt = false;
    await polled('ok');
    expect(await codes()).toBe(1);
    expect(log.mock.calls.flat()).toContain('Counting documents again');
  });

  it.each([
    ['too_many_buckets_exception', 503],
    ['circuit_breaking_exception', 429],
  ])('asks for fewer windows at a time after %s', async (type, status) => {
    const spanOf = (body: unknown): number => {
      const [, from, to] = /"gte":(\d+),"lt":(\d+)/.exec(JSON.stringify(body)) ?? [];
      return (Number(to) - Number(from)) / 60_000;
    };
    stub.answer = (response, _text, { body }) => {
      const isTooMuch = spanOf(body) > 4;
      if (isTooMuch) response.writeHead(status).end(JSON.stringify(refusal(status, type, 'too much')[1]));
      return isTooMuch;
    };
    stub.add(200);
    stub.add(200, { time: Date.now() - 500_000 });
    await start();
    await polled('ok');
    expect(await codes()).toBe(2);
    expect(warnings()).toEqual([]);
  });

  it.each<[string, Record<string, string | readonly string[] | undefined>, NodeJS.ProcessEnv, string]>([
    [
      'is missing',
      { 'http.response.status_code': undefined },
      {},
      'the field http.response.status_code is in no index: set ELASTICSEARCH_STATUS_FIELD',
    ],
    [
      'is text only',
      { 'service.environment': 'text' },
      {},
      'the field service.environment is text without a keyword subfield: set ELASTICSEARCH_ENV_FIELD',
    ],
    [
      'is a number here and a keyword there',
      { 'http.response.status_code': ['long', 'keyword'] },
      {},
      'has the type long in some indices, in others keyword',
    ],
    [
      'was set and is missing',
      {},
      { ELASTICSEARCH_DURATION_FIELD: 'took', ELASTICSEARCH_DURATION_UNIT: 'ms' },
      'the field took is in no index: set ELASTICSEARCH_DURATION_FIELD',
    ],
  ])(
    'names a field that %s, and counts nothing until it is there',
    async (_what, types, variables, reason) => {
      const right = { ...stub.types, took: 'long' };
      stub.types = Object.fromEntries(
        Object.entries({ ...stub.types, ...types }).map(([name, type]) => [name, type ?? []]),
      );
      stub.add(200);
      await start(variables);
      await polled('unusable', 2);
      expect(warnings()).toEqual([expect.stringContaining(reason)]);
      expect(stub.searches).toEqual([]);
      stub.types = right;
      await polled('ok');
      expect(await codes()).toBe(1);
    },
  );

  it('counts codes alone while the field of the duration is missing, and durations once it is there', async () => {
    delete stub.types['event.duration'];
    stub.add(200);
    await start();
    await polled('ok');
    expect(log.mock.calls.flat().join()).toContain(
      'no index has the field event.duration, so the duration is not known',
    );
    stub.types['event.duration'] = 'long';
    stub.add(200, {}, 7);
    await polledOnceMore();
    expect(await accountOf(running(), 'elasticsearch')).toMatchObject({ recorded: 2, timed: 1 });
  });

  it('continues from its saved counts after a restart, and without them from its start', async () => {
    const STATE_DIR = folder.path;
    stub.add(200, { time: Date.now() - 120_000 });
    await start({ STATE_DIR, ELASTICSEARCH_START: 'end' });
    await polled('ok');
    expect(await codes()).toBe(0);
    stub.add(200, { time: Date.now() - 120_000 });
    await polledOnceMore();
    expect(await codes()).toBe(1);
    await running().close();
    stub.add(404, { time: Date.now() - 120_000 });
    await start({ STATE_DIR });
    await polled('ok');
    expect(await codes()).toBe(1);
    await running().close();
    await start({ STATE_DIR, ELASTICSEARCH_START: 'end', SERVICES: 'shop' });
    await polled('ok');
    expect(await codes()).toBe(0);
  });

  it('counts the documents that come just in time', async () => {
    await start();
    await polled('ok');
    for (const age of [300_000, 550_000, 560_000]) stub.add(200, { time: Date.now() - age });
    await polledOnceMore();
    expect(await codes()).toBe(3);
    expect(await sample(running(), 'service_collector_elasticsearch_late_documents_total')).toBe(2);
  });

  it('tries another server if one is down or busy, and stays with the one that answers', async () => {
    const busy = await SearchStub.listen();
    busy.answer = (response) => response.writeHead(503).end() && true;
    stub.add(200);
    const away = `http://127.0.0.1:${await freePort()}`;
    await start({ ELASTICSEARCH_URL: `${busy.url},${away},${stub.url}/es/` });
    await polled('ok', 2);
    expect(busy.searches).toHaveLength(1);
    expect(stub.asked[0]?.url).toMatch(/^\/es\/logs\/_search/);
    await busy[Symbol.asyncDispose]();
  });

  it('verifies the servers with a CA, and reads an API key again when its file changes', async () => {
    const secure = await SearchStub.listen({
      cert: readFileSync(pem('cert.pem')),
      key: readFileSync(pem('key.pem')),
    });
    const file = folder.file('key');
    writeFileSync(file, 'id:first\n');
    const variables = { ELASTICSEARCH_URL: secure.url, ELASTICSEARCH_API_KEY_FILE: file };
    await start({ ...variables, ELASTICSEARCH_CA_FILE: pem('renewed-cert.pem') });
    await polled('error', 2);
    expect(warnings()).toEqual([expect.stringContaining('certificate')]);
    await running().close();
    await start({ ...variables, ELASTICSEARCH_CA_FILE: pem('cert.pem') });
    await polled('ok');
    writeFileSync(file, 'ZW5jb2RlZA==');
    await until(
      () => secure.asked.at(-1)?.authorization,
      (header) => header === 'ApiKey ZW5jb2RlZA==',
    );
    expect(secure.asked[0]?.authorization).toBe(`ApiKey ${Buffer.from('id:first').toString('base64')}`);
    await secure[Symbol.asyncDispose]();
  });

  it('shows a client certificate to servers that ask for one', async () => {
    const [cert, key] = [pem('cert.pem'), pem('key.pem')];
    const own = { cert: readFileSync(cert), key: readFileSync(key) };
    const secure = await SearchStub.listen({
      ...own,
      ca: own.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const variables = { ELASTICSEARCH_URL: secure.url, ELASTICSEARCH_CA_FILE: cert };
    await start(variables);
    await polled('error');
    await running().close();
    await start({ ...variables, ELASTICSEARCH_CERT_FILE: cert, ELASTICSEARCH_KEY_FILE: key });
    await polled('ok');
    await secure[Symbol.asyncDispose]();
  });

  it.each([
    ['Basic dXNlcjpww6Rzcw==', { ELASTICSEARCH_USERNAME: 'user', ELASTICSEARCH_PASSWORD: 'päss' }],
    ['Bearer a.b.c', { ELASTICSEARCH_BEARER_TOKEN: 'a.b.c' }],
  ])('authenticates with %s', async (header, variables) => {
    await start(variables);
    await polled('ok');
    expect(stub.asked.map(({ authorization }) => authorization)).toEqual(stub.asked.map(() => header));
  });

  it('keeps an index expression, and waits for an index that does not exist yet', async () => {
    await start({ ELASTICSEARCH_INDEX: '<nothing-{now/d}>,-remote:x*' });
    await polled('error', 2);
    expect(stub.asked[0]?.url).toMatch(/^\/%3Cnothing-%7Bnow%2Fd%7D%3E,-remote%3Ax\*\/_field_caps/);
    expect(warnings()).toEqual([
      expect.stringContaining('HTTP 404: index_not_found_exception "no such index [nothing]"'),
    ]);
  });

  it('never polls twice at once, and stops during a slow search', async () => {
    let hasBegun: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    stub.answer = () => (hasBegun?.(), true);
    await start({ ELASTICSEARCH_TIMEOUT_SECONDS: '300' });
    await begun;
    await running().close();
    expect(stub.most).toBe(1);
    expect(warnings()).toEqual([]);
  });

  it('reports for --check what would be counted, and what would not', async () => {
    for (const status of [200, 200, 404, 600, undefined]) stub.add(status, { time: Date.now() - 60_000 }, 5);
    stub.add(200, { env: 'staging\n' });
    expect(await checkElasticsearch(readSettings(settingsOf({ SERVICES: 'shop' })))).toEqual([
      'time: @timestamp (date)',
      'status: http.response.status_code (long)',
      'duration: event.duration (long)',
      'env: service.environment (keyword)',
      'service: unknown, because no index has the field service.name',
      'environments of the last ten minutes: "testing" 5, "staging\\n" 1',
      'status codes of the last ten minutes: "200" 3, "404" 1, "600" 1',
      '3 documents would be counted',
      '3 documents would be counted with a duration',
      '1 documents would be skipped, because they have no status code',
      '1 documents would be rejected, because their environment is not one of testing, production',
      '1 documents would be rejected, because their status code is not from 100 to 599',
    ]);
    const failed = checkElasticsearch(readSettings(settingsOf({ ELASTICSEARCH_INDEX: 'nothing' })));
    await expect(failed).rejects.toThrow('Cannot count documents of nothing: HTTP 404');
  });
});
