import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type WebSocket from 'ws';
import { dashboardFiles, readDashboard } from '../dashboards.js';
import { ROOT, ServiceProcess } from '../process.js';
import { alerts, nameOf, records } from '../rules.js';
import { connect, push, scrape, total, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { NatsServer } from './nats.js';
import { Prometheus, PROMETHEUS_3, promtool } from './prometheus.js';
import type { Result } from './promql.js';

const ENVS = ['testing', 'production'];

describe('the shipped Prometheus configuration', () => {
  it.each(['prom/prometheus.yml', 'prom/prometheus.compose.yml', 'prom/prometheus.tls.yml'])(
    '%s is accepted by promtool',
    (file) => {
      // Its syntax only: files with secrets are not there.
      expect(promtool('check', 'config', '--syntax-only', file)).toContain('SUCCESS');
    },
  );
});

describe('a Prometheus with prometheus.tls.yml', () => {
  const tls = (name: string): string => join(ROOT, 'test/tls', name);

  it('scrapes a service that speaks TLS and asks for a token, also one that is exchanged', async () => {
    using folder = new TemporaryFolder();
    const tokens = folder.file('metrics-token');
    writeFileSync(tokens, 'before');
    await using service = new ServiceProcess({
      TLS_CERT_FILE: tls('cert.pem'),
      TLS_KEY_FILE: tls('key.pem'),
      METRICS_TOKEN_FILE: tokens,
    });
    const { port } = await service.listening();
    await using prometheus = await Prometheus.start({
      file: 'prom/prometheus.tls.yml',
      addresses: { 'localhost:8443': `127.0.0.1:${port}` },
      files: { 'secrets/metrics-token': 'before\n', 'secrets/ca.pem': readFileSync(tls('cert.pem')) },
    });
    const up = 'up{job="service-collector"}';
    await prometheus.becomes(up, 1);
    writeFileSync(tokens, 'after');
    await prometheus.becomes(up, 0);
    prometheus.write('secrets/metrics-token', 'after');
    await prometheus.becomes(up, 1);
  });
});

describe('a Prometheus that scrapes the service', () => {
  let service: ServiceProcess;
  let prometheus: Prometheus;
  let url: string;
  const clients: WebSocket[] = [];

  beforeAll(async () => {
    service = new ServiceProcess();
    const listening = await service.listening();
    url = listening.url;
    prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': `127.0.0.1:${listening.port}` },
    });
    await prometheus.becomes('incoming_requests', 0);
    for (let i = 0; i < 7; i++) await fetch(`${url}/some`);
    for (let i = 0; i < 3; i++) clients.push(await connect(listening, `/ws/${i}`));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await prometheus[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  it.each(['prometheus', 'service-collector'])('finds the job %s up', async (job) => {
    await prometheus.becomes(`up{job="${job}"}`, 1);
  });

  it('answers incoming_requests, the first query of the tutorial, with what was requested', async () => {
    await prometheus.becomes('incoming_requests', 7);
    const seen = 'max_over_time(incoming_requests[1m]) - min_over_time(incoming_requests[1m])';
    expect(await prometheus.value(seen)).toBe(7);
  });

  it('sees the clients that are connected', async () => {
    await prometheus.becomes('connected_clients', 3);
  });

  it('answers the 90th percentile, the second query of the tutorial, as the simulator spreads it', async () => {
    // The simulator's times are uniform up to 10 s, so the percentile lies in the last bucket, which begins at 5 s.
    await prometheus.becomes(
      'histogram_quantile(0.90, sum(rate(response_time_bucket{env="testing"}[2m])) by (le))',
      (p90) => p90 > 5 && p90 <= 10,
    );
  });

  it('answers the increase by type, the third query of the tutorial, for all classes', async () => {
    const byType = await until(
      () => prometheus.query('sum(increase(response_code{env="testing"}[5m])) by (type)'),
      (results) => results.length === 5 && results.every(({ value }) => value > 0),
    );
    expect(new Set(byType.map(({ labels }) => labels['type']))).toEqual(
      new Set(['100', '200', '300', '400', '500']),
    );
  });

  it('has in every scrape the same sums that the service shows', async () => {
    const before = total(await scrape({ url }), 'response_code');
    const stored = await prometheus.becomes('sum(response_code)', (sum) => sum >= before);
    const after = total(await scrape({ url }), 'response_code');
    expect(stored).toBeLessThanOrEqual(after);
    const largest = async (difference: string): Promise<number | undefined> =>
      prometheus.value(`max_over_time((${difference})[1m:100ms])`);
    const observations = 'sum(service_collector_observations_total)';
    expect(await largest(`abs(sum(response_time_count) - ${observations})`)).toBe(0);
    // Codes that are new stand at 0 first.
    expect(await largest(`sum(response_code) - ${observations}`)).toBeLessThanOrEqual(0);
  });

  it('evaluates every rule without an error', async () => {
    const rules = await until(
      () => prometheus.rules(),
      (all) => all.every(({ health }) => health !== 'unknown'),
    );
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(new Set(rules.map(({ name }) => name))).toEqual(new Set([...records, ...alerts].map(nameOf)));
  });

  it('raises no alert, although its data is simulated', async () => {
    await until(
      () => prometheus.query('env:response_code_errors:ratio_rate5m > 0.1'),
      (results) => results.length === 2,
    );
    const rules = await until(
      () => prometheus.rules(),
      (all) => all.every(({ state = 'inactive' }) => state === 'inactive'),
    );
    expect(rules.filter(({ state }) => state === 'inactive')).toHaveLength(alerts.length);
  });
});

describe('a Prometheus that scrapes a service that simulates and one that does not', () => {
  let nats: NatsServer;
  let simulating: ServiceProcess;
  let real: ServiceProcess;
  let prometheus: Prometheus;
  let native: Prometheus;
  let url: string;
  const folder = new TemporaryFolder();

  beforeAll(async () => {
    nats = await NatsServer.start();
    writeFileSync(folder.file('token'), 'token');
    const settings = { ROUTES: '/cart', NATIVE_HISTOGRAMS: 'on' };
    simulating = new ServiceProcess({
      ...settings,
      SIMULATOR: 'on',
      INGEST_TOKEN_FILE: folder.file('token'),
    });
    real = new ServiceProcess({ ...settings, SIMULATOR: 'off', NATS_URL: nats.url });
    const [one, other] = await Promise.all([simulating.listening(), real.listening()]);
    url = other.url;
    const addresses = { 'localhost:8080': [`127.0.0.1:${one.port}`, `127.0.0.1:${other.port}`] };
    prometheus = await Prometheus.start({ file: 'prom/prometheus.yml', addresses });
    native = await Prometheus.start({
      file: 'prom/prometheus.native.yml',
      program: PROMETHEUS_3,
      addresses,
    });
    for (const each of [prometheus, native]) await each.becomes('sum(up{job="service-collector"})', 2);
  });
  afterAll(async () => {
    await Promise.all(
      [prometheus, native, simulating, real, nats].map((started) => started[Symbol.asyncDispose]()),
    );
    folder[Symbol.dispose]();
  });

  /** What an expression answers once it has numbers, while observations come in and some are refused. */
  const answered = (expression: string, from = prometheus): Promise<Result[]> =>
    until(
      async () => {
        await push(
          { url },
          [200, 503].flatMap((statuscode) => ENVS.map((env) => ({ env, statuscode, seconds: 0.1 }))),
        );
        await push({ url }, { env: 'unknown', statuscode: 200 });
        return from.query(expression);
      },
      (results) => results.some(({ value }) => Number.isFinite(value)),
    );

  it.each([...new Set(records.map(nameOf))])('records %s', async (record) => {
    for (const { labels } of await answered(record)) {
      const [level = ''] = record.split(':');
      expect(Object.keys(labels).toSorted()).toEqual(['__name__', 'job', ...labelsOf(level)].toSorted());
    }
  });

  it('goes by the real responses alone where it is about the objective', async () => {
    await until(
      () => answered('env:response_code_real_errors:burnrate5m / 1000'),
      (results) => results.length === 2 && results.every(({ value }) => Math.abs(value - 0.5) < 0.01),
    );
  });

  it('has an alert pending for what is refused', async () => {
    const [pending] = await answered('ALERTS{alertname="ServiceCollectorRefusesObservations"}');
    expect(pending?.labels).toMatchObject({ alertstate: 'pending', source: 'http', severity: 'warning' });
  });

  describe.each(dashboardFiles)('and feeds the dashboard %s', (file) => {
    const dashboard = readDashboard(file);
    const expressions = dashboard.panels.flatMap(({ title, targets, transformations }) =>
      targets.map(({ expr, legendFormat }) => {
        const columns = transformations.flatMap(({ options }) => Object.keys(options.renameByName));
        const legend = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
        const labels = [...legend, ...columns.filter((column) => column !== 'Value')];
        return [title, expr, labels] as const;
      }),
    );
    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);

    it.each(definitions)('offers values for %s, unless the label is off', async (definition) => {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      const isOff = ['service', 'method'].includes(label);
      expect((await prometheus.labelValues(selector, label)).length > 0).toBe(!isOff);
    });

    it.each(expressions)('%s: %s', async (_title, expr, labels) => {
      for (const env of ['.*', 'testing']) {
        const results = await answered(
          expr
            .replaceAll('$env', env)
            .replace(/\$(instance|service|method|route)\b/g, '.*')
            .replaceAll('$__rate_interval', '5s')
            .replaceAll('$__range', '1m'),
          file.includes('native') ? native : prometheus,
        );
        for (const result of results) {
          expect(Object.keys(result.labels)).toEqual(expect.arrayContaining(labels));
        }
      }
    });
  });
});

/** The labels of a level: `env_type` → env, type. Those of a job are all there are. */
function labelsOf(level: string): string[] {
  return level === 'job' ? [] : level.split('_');
}
