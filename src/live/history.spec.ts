import { Histogram } from '../metrics/histogram.js';
import { Registry } from '../metrics/registry.js';
import { Counter, Gauge } from '../metrics/values.js';
import { History, INTERVAL } from './history.js';

const REJECTED = 'service_collector_observations_rejected_total';

describe('History', () => {
  let registry: Registry;
  let history: History;
  beforeEach(() => {
    registry = new Registry();
    history = new History(registry, { LIVE_HISTORY: 'on' });
  });

  it('keeps an hour and no more', () => {
    const clients = registry.register(new Gauge({ name: 'connected_clients', help: '' }));
    for (let i = 0; i <= 1000; i++) {
      clients.set(i);
      history.sample(i * INTERVAL);
    }
    const { ages, series } = history.past(1000 * INTERVAL + 7);
    expect([ages.length, ages[0], ages.at(-1)]).toEqual([720, 719 * INTERVAL + 7, 7]);
    expect([series[0]?.values[0], series[0]?.values.at(-1)]).toEqual([281, 1000]);
  });

  it('keeps less than an hour of so many environments that it would take more than 1 MB', () => {
    const labelNames = ['env', 'type'];
    const codes = registry.register(new Counter<string>({ name: 'response_code', help: '', labelNames }));
    for (let i = 0; i < 1000; i++) codes.inc({ env: `e${i}`, type: '200' });
    for (let i = 0; i < 200; i++) history.sample(i * INTERVAL);
    const { ages, series } = history.past(200 * INTERVAL);
    expect([ages.length, series.length, ages.at(-1)]).toEqual([100, 1000, INTERVAL]);
  });

  it('adds up the labels that have lists, and shows what came later as 0 before', () => {
    const labelNames = ['env', 'statuscode', 'type', 'service'];
    const codes = registry.register(new Counter<string>({ name: 'response_code', help: '', labelNames }));
    const time = { name: 'response_time', help: '', labelNames: ['env', 'service'], buckets: [0.1, 1] };
    const times = registry.register(new Histogram<string>(time));
    history.sample(0);
    for (const service of ['shop', 'cart']) {
      for (const statuscode of [200, 204]) codes.inc({ env: 'a', statuscode, type: '200', service }, 2);
      for (const seconds of [0.05, 0.5, 5]) times.observe({ env: 'a', service }, seconds);
    }
    history.sample(1000);
    expect(history.past(1000)).toEqual({
      ages: [1000, 0],
      series: [
        { name: 'response_code', labels: { env: 'a', type: '200' }, values: [0, 8] },
        { name: 'response_time_bucket', labels: { env: 'a', le: '0.1' }, values: [0, 2] },
        { name: 'response_time_bucket', labels: { env: 'a', le: '1' }, values: [0, 4] },
        { name: 'response_time_bucket', labels: { env: 'a', le: '+Inf' }, values: [0, 6] },
      ],
      refusals: [],
    });
  });

  it('knows when something was refused last, for longer than an hour', () => {
    const labelNames = ['source', 'reason'];
    const rejected = registry.register(new Counter<string>({ name: REJECTED, help: '', labelNames }));
    const labels = { source: 'http', reason: 'not_json' };
    rejected.inc(labels);
    rejected.inc({ ...labels, reason: 'invalid_env' }, 0);
    for (let i = 0; i <= 1000; i++) {
      if (i === 2) rejected.inc(labels);
      history.sample(i * INTERVAL);
    }
    expect(history.past(1000 * INTERVAL).refusals).toEqual([{ name: REJECTED, labels, age: 998 * INTERVAL }]);
  });
});
