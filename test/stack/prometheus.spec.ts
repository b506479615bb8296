import type WebSocket from 'ws';
import { dashboardFiles, readDashboard } from '../dashboards.js';
import { ServiceProcess } from '../process.js';
import { alerts, nameOf, records } from '../rules.js';
import { connect, samples, total, until } from '../service.js';
import { Prometheus, promtool } from './prometheus.js';

describe('the shipped Prometheus configuration', () => {
  it.each(['prom/prometheus.yml', 'prom/prometheus.compose.yml'])('%s is accepted by promtool', (file) => {
    expect(promtool('check', 'config', file)).toContain('SUCCESS');
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
      interval: '250ms',
    });
    await settled('incoming_requests', 0);
    for (let i = 0; i < 7; i++) await fetch(`${url}/some`);
    for (let i = 0; i < 3; i++) clients.push(await connect(listening, `/ws/${i}`));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await prometheus[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  const settled = (expression: string, value: number): Promise<number | undefined> =>
    until(
      () => prometheus.value(expression),
      (now) => now === value,
    );
  const scrape = async (): Promise<Map<string, number>> =>
    samples(await (await fetch(`${url}/metrics`)).text());

  it.each(['prometheus', 'service-collector'])('finds the job %s up', async (job) => {
    await settled(`up{job="${job}"}`, 1);
  });

  it('answers incoming_requests, the first query of the tutorial, with what was requested', async () => {
    expect(await settled('incoming_requests', 7)).toBe(7);
    const seen = 'max_over_time(incoming_requests[1m]) - min_over_time(incoming_requests[1m])';
    expect(await prometheus.value(seen)).toBe(7);
  });

  it('sees the clients that are connected', async () => {
    expect(await settled('connected_clients', 3)).toBe(3);
  });

  it('answers the 90th percentile, the second query of the tutorial, as the simulator spreads it', async () => {
    const p90 = await until(
      () =>
        prometheus.value(
          'histogram_quantile(0.90, sum(rate(response_time_bucket{env="testing"}[2m])) by (le))',
        ),
      (value) => value !== undefined && !Number.isNaN(value),
    );
    // The simulator's times are uniform up to 10 s, so the percentile lies in the last bucket, which begins at 5 s.
    expect(p90).toBeGreaterThan(5);
    expect(p90).toBeLessThanOrEqual(10);
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
    const before = total(await scrape(), 'response_code');
    const stored = await until(
      () => prometheus.value('sum(response_code)'),
      (sum) => sum !== undefined && sum >= before,
    );
    const after = total(await scrape(), 'response_code');
    expect(stored).toBeLessThanOrEqual(after);
    for (const other of ['service_collector_observations_total', 'response_time_count']) {
      const difference = `max_over_time(abs(sum(response_code) - sum(${other}))[1m:100ms])`;
      expect([other, await prometheus.value(difference)]).toEqual([other, 0]);
    }
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
    for (const { alert, expr } of alerts) expect([alert, await prometheus.query(expr)]).toEqual([alert, []]);
  });

  describe.each(dashboardFiles)('and feeds the dashboard %s', (file) => {
    const { panels, templating } = readDashboard(file);
    const expressions = panels.flatMap((panel) =>
      panel.type === 'row' ? [] : panel.targets.map(({ expr }) => [panel.title, expr] as const),
    );

    it.each(templating.list.flatMap(({ definition }) => (definition === undefined ? [] : [definition])))(
      'offers values for %s',
      async (definition) => {
        const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
        expect(await prometheus.labelValues(selector, label)).not.toHaveLength(0);
      },
    );

    it.each(expressions)('%s: %s', async (_title, expr) => {
      for (const env of ['.*', 'testing']) {
        const expression = expr
          .replaceAll('$env', env)
          .replaceAll('$instance', '.*')
          .replaceAll('$__rate_interval', '5s')
          .replaceAll('$__range', '1m');
        await until(
          () => prometheus.query(expression),
          (results) => results.some(({ value }) => Number.isFinite(value)),
        );
      }
    });
  });
});
