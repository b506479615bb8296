import { execFileSync } from 'node:child_process';
import type WebSocket from 'ws';
import { ROOT, ServiceProcess } from '../process.js';
import { connect, push, until } from '../service.js';
import { Prometheus, promtool } from './prometheus.js';
import type { PromqlApi, Result, Series } from './promql.js';
import { VictoriaMetrics } from './victoria-metrics.js';

/** What is pushed at a time, for each environment: a fifth are errors, and the 90th percentile is 0.75 s. */
const SECONDS = [0.003, 0.02, 0.04, 0.2, 0.3, 0.3, 0.3, 0.4, 0.7, 0.8];
const BATCH = ['testing', 'production'].flatMap((env) =>
  SECONDS.map((seconds, index) => ({ env, statuscode: index % 5 === 0 ? 503 : 200, seconds })),
);

/** So many times, each followed by a scrape. */
const PUSHES = 5;
const REQUESTS = 7;
const CLIENTS = 3;

/** README's queries and the share of errors. Their numbers are the same whenever a counter that began at 0 is scraped. */
const QUERIES = [
  'incoming_requests',
  'connected_clients',
  'histogram_quantile(0.90, sum(rate(response_time_bucket{env="testing"}[2m])) by (le))',
  'sum(increase(response_code{env="testing"}[5m])) by (type)',
  'sum(rate(response_code{type="500"}[2m])) / sum(rate(response_code[2m]))',
];

/** Those that the queries ask for. */
const SERIES = '{__name__=~"response_code|response_time_(bucket|count)|incoming_requests|connected_clients"}';

const run = (program: string, ...parameters: string[]): string =>
  execFileSync(program, parameters, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });

describe('the shipped configurations', () => {
  it('are accepted by promtool', () => {
    expect(promtool('check', 'config', 'prom/prometheus.remote-write.yml')).toContain('SUCCESS');
    expect(promtool('check', 'config', '--agent', 'prom/prometheus.agent.yml')).toContain('SUCCESS');
  });

  it('are accepted by VictoriaMetrics, and the rules by its vmalert', () => {
    run('victoria-metrics', '-dryRun', '-promscrape.config=prom/victoria-metrics.yml');
    run('vmalert', '-dryRun', '-rule=prom/rules/*.yml');
    expect(() => run('victoria-metrics', '-dryRun', '-promscrape.config=prom/prometheus.yml')).toThrow();
    expect(() => run('vmalert', '-dryRun', '-rule=prom/prometheus.yml')).toThrow();
  });
});

describe('long-term storage', () => {
  const running: AsyncDisposable[] = [];
  const clients: WebSocket[] = [];
  const ways = ['remote write', 'an agent', 'scraping'] as const;
  let storages: Record<(typeof ways)[number], VictoriaMetrics>;
  let prometheus: Prometheus;
  /** The moment of a scrape after the last push, in milliseconds since the epoch. */
  let time: number;
  /** The same of each storage, all samples up to which have come in. */
  let times: Record<(typeof ways)[number], number>;

  const begun = async <T extends AsyncDisposable>(start: Promise<T>): Promise<T> => {
    const started = await start;
    running.unshift(started);
    return started;
  };
  beforeAll(async () => {
    const service = await begun(Promise.resolve(new ServiceProcess({ SIMULATOR: 'off' })));
    const { url, port } = await service.listening();
    const target = { 'localhost:8080': `127.0.0.1:${port}` };
    const scraping = { file: 'prom/victoria-metrics.yml', addresses: target };
    storages = {
      'remote write': await begun(VictoriaMetrics.start()),
      'an agent': await begun(VictoriaMetrics.start()),
      scraping: await begun(VictoriaMetrics.start(scraping)),
    };
    const sending = (file: string, { address }: VictoriaMetrics, agent: boolean): Promise<Prometheus> =>
      begun(Prometheus.start({ file, addresses: { ...target, 'localhost:8428': address }, agent }));
    prometheus = await sending('prom/prometheus.remote-write.yml', storages['remote write'], false);
    await sending('prom/prometheus.agent.yml', storages['an agent'], true);
    const all = [prometheus, ...Object.values(storages)];
    for (const api of all) await api.becomes('sum(response_code)', 0);

    for (let i = 0; i < REQUESTS; i++) await fetch(`${url}/some`);
    for (let i = 0; i < CLIENTS; i++) clients.push(await connect({ url }, `/ws/${i}`));
    for (let pushes = 1; pushes <= PUSHES; pushes++) {
      await push({ url }, BATCH);
      await prometheus.becomes('sum(response_code)', pushes * BATCH.length);
    }
    const totals = new Map([
      ['sum(response_code)', PUSHES * BATCH.length],
      ['incoming_requests', REQUESTS],
      ['connected_clients', CLIENTS],
    ]);
    time =
      1000 * ((await prometheus.becomes('max(timestamp(response_code))', (moment) => moment > 0)) ?? NaN);
    times = {
      'remote write': await completeUntil(storages['remote write'], totals),
      'an agent': await completeUntil(storages['an agent'], totals),
      scraping: await completeUntil(storages.scraping, totals),
    };
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const started of running) await started[Symbol.asyncDispose]();
  });

  describe.each(ways)('that is filled by %s', (way) => {
    it('has every observation', async () => {
      const share = (type: string): string => `sum(response_code{type="${type}"})`;
      const value = (expression: string) => storages[way].value(expression, times[way]);
      expect(await value(share('200'))).toBe(PUSHES * BATCH.length * 0.8);
      expect(await value(share('500'))).toBe(PUSHES * BATCH.length * 0.2);
      expect(await value('sum(response_time_count)')).toBe(PUSHES * BATCH.length);
    });

    it.each(QUERIES)('answers %s as Prometheus does', async (query) => {
      const expected = await prometheus.query(query, time);
      expect(expected).not.toEqual([]);
      expectSame(await storages[way].query(query, times[way]), expected, 1e-9);
    });
  });

  it('that is filled by remote write has the samples that Prometheus has', async () => {
    const [stored = [], sent = []] = await Promise.all(
      [prometheus, storages['remote write']].map((api) => api.series(`${SERIES}[1h]`, time)),
    );
    expect(stored.length).toBeGreaterThan(100);
    const byId = (all: Series[]) => new Map(all.map(({ labels, samples }) => [idOf(labels), samples]));
    expect(byId(sent)).toEqual(byId(stored));
  });
});

/**
 * The moment of a scrape by which expressions have their values, when all of it has come in: of what is sent, some series
 * are there sooner than others.
 */
async function completeUntil(api: PromqlApi, values: ReadonlyMap<string, number>): Promise<number> {
  return until(
    async () => {
      const moment = 1000 * ((await api.value(`min(timestamp(${SERIES}))`)) ?? 0);
      const checks = Array.from(values, async ([name, value]) => (await api.value(name, moment)) === value);
      return (await Promise.all(checks)).every(Boolean) ? moment : 0;
    },
    (moment) => moment > 0,
  );
}

/** Of the same labels, values whose difference is at most so large a share of what is expected. */
function expectSame(actual: readonly Result[], expected: readonly Result[], share: number): void {
  const values = new Map(actual.map(({ labels, value }) => [idOf(labels), value]));
  expect(values.size).toBe(expected.length);
  for (const { labels, value } of expected) {
    const difference = Math.abs((values.get(idOf(labels)) ?? NaN) - value);
    expect([labels, difference <= share * value]).toEqual([labels, true]);
  }
}

/** The labels but `cluster`, which only what is sent on has. */
function idOf({ cluster: _cluster, ...labels }: Record<string, string>): string {
  return JSON.stringify(
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(),
  );
}
