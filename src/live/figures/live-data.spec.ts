import { clients, errorRatio, figuresOf, requests, responses, responseTime } from './figures.js';
import { LiveData } from './live-data.js';
import { about, sources, topStatusCodes } from './summary.js';

const START = 1_700_000_000_000;

function exposition(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([series, value]) => `${series} ${value}`)
    .join('\n');
}

/** The last value of a figure, and undefined where there is none. */
function latest({ timeline }: LiveData, { expression }: { expression: string }): number | undefined {
  return timeline.values(expression).at(-1);
}

describe('LiveData', () => {
  let data: LiveData;
  beforeEach(() => {
    data = new LiveData();
  });
  /** Adds expositions two seconds apart, the first one `from` seconds after the start. */
  const add = (from: number, ...expositions: Record<string, number>[]): void => {
    for (const [index, values] of expositions.entries()) {
      data.add(START + (from + index * 2) * 1000, exposition(values));
    }
  };

  it('has rates as soon as there are two scrapes, not a minute later', () => {
    add(0, { incoming_requests: 10 });
    expect(latest(data, requests)).toBeNaN();
    add(2, { incoming_requests: 30 }, { incoming_requests: 50 });
    expect(latest(data, requests)).toBe(10);
  });

  it('has rates over the last minute as soon as it is full', () => {
    add(0, ...Array.from({ length: 61 }, (_, i) => ({ incoming_requests: i < 31 ? 0 : 2 * (i - 30) })));
    expect(latest(data, requests)).toBeCloseTo(1, 12);
    expect(Math.max(...data.timeline.values(requests.expression).filter((value) => value > 0))).toBeCloseTo(
      1,
      12,
    );
  });

  it('counts no negative rate when the service starts again', () => {
    add(0, { incoming_requests: 1000 }, { incoming_requests: 1010 }, { incoming_requests: 4 });
    expect(latest(data, requests)).toBe(3.5);
  });

  it('counts a series that comes later from 0', () => {
    add(0, { incoming_requests: 0 }, { incoming_requests: 0, 'response_code{env="a",type="200"}': 6 });
    expect(latest(data, responses('200', { env: 'a' }))).toBe(3);
  });

  it('draws no line across a gap, and begins again after it', () => {
    add(0, { incoming_requests: 0 }, { incoming_requests: 2 });
    add(100, { incoming_requests: 1000 }, { incoming_requests: 1004 });
    const values = [...data.timeline.values(requests.expression)];
    expect(values).toEqual([NaN, 1, NaN, NaN, 2]);
  });

  it('begins again when the clock is set back', () => {
    add(50, { connected_clients: 1 }, { connected_clients: 2 });
    add(10, { connected_clients: 3 });
    expect([...data.timeline.times]).toEqual([START + 10_000]);
    expect(latest(data, clients)).toBe(3);
  });

  describe('with what the service kept', () => {
    const code = (values: readonly number[], type = '200') => ({
      name: 'response_code',
      labels: { env: 'a', type },
      values: [...values],
    });
    const of = (statuscode: number, count: number): Record<string, number> => ({
      [`response_code{env="a",service="shop",statuscode="${statuscode}",type="200"}`]: count,
    });
    /** Asked for `from` seconds after the start, when it ended two seconds before. */
    const addPast = (from: number, ...values: number[]): void => {
      const ages = values.map((_, i) => 2000 + (values.length - 1 - i) * 5000);
      data.addPast(START + from * 1000, { ages, series: [code(values)], refusals: [] });
    };
    const rates = (): number[] => [...data.timeline.values(responses('200').expression)];

    it('has the figures of the past at once, and goes on with them without a step', () => {
      addPast(0, 0, 50, 100);
      expect(data.environments).toEqual(['a']);
      add(0, { ...of(200, 90), ...of(204, 30) }, { ...of(200, 110), ...of(204, 30) });
      expect(rates()).toEqual([NaN, 10, 10, 10, 10]);
      expect(data.beginning).toBe(START - 12_000);
    });

    it('computes from the expositions alone as soon as they have a minute', () => {
      addPast(0, 0, 0);
      add(0, ...Array.from({ length: 31 }, (_, i) => of(200, 2 * i)));
      expect(data.sums).toBe(data.scrapes);
      expect(rates().at(-1)).toBe(1);
    });

    it('fills only what was missed', () => {
      add(0, of(200, 0), of(200, 20));
      addPast(30, 0, 50, 100, 150, 200, 250, 300);
      expect([...data.timeline.times].map((time) => (time - START) / 1000)).toEqual([
        0, 2, 3, 8, 13, 18, 23, 28,
      ]);
      add(30, of(200, 320));
      expect(rates()).toEqual([NaN, ...Array(8).fill(10)]);
    });

    it('begins again with it when the clock is set back', () => {
      add(1000, of(200, 0), of(200, 20));
      addPast(0, 0, 50);
      expect(rates()).toEqual([NaN, 10]);
    });

    it('charts a chosen label from the last minute of the expositions', () => {
      addPast(0, 0, 0);
      const both = (shop: number, other: number): Record<string, number> => ({
        ...of(200, shop),
        'response_code{env="a",service="other",statuscode="200",type="200"}': other,
      });
      add(0, both(0, 0), both(2, 10), both(4, 20));
      data.choose({ service: 'shop' });
      add(6, both(6, 30));
      const { expression } = responses('200', { service: 'shop' });
      expect([...data.timeline.values(expression)]).toEqual([NaN, NaN, NaN, 1, 1, 1]);
      expect(data.beginning).toBe(START);
      data.choose({});
      expect([...data.timeline.values(expression)].every(Number.isNaN)).toBe(true);
    });

    it('knows when something was refused last', () => {
      const name = 'service_collector_observations_rejected_total';
      const labels = { source: 'http', reason: 'not_json' };
      data.addPast(START, { ages: [], series: [], refusals: [{ name, labels, age: 60_000 }] });
      const series = `${name}{source="http",reason="not_json"}`;
      const last = (): number | undefined => data.refusals.timeOf(name, labels);
      add(0, { [series]: 3 }, { [series]: 3 });
      expect(last()).toBe(START - 60_000);
      add(4, { [series]: 4 }, { [series]: 1 }, { [series]: 0 });
      expect(last()).toBe(START + 6000);
    });
  });

  it('keeps no more than an hour, whatever happens', () => {
    for (let i = 0; i < 4000; i++) add(2 * i, { connected_clients: i });
    expect(data.timeline.length).toBeLessThan(1900);
    expect(data.timeline.times.at(-1)).toBe(START + 2 * 3999 * 1000);
    expect(latest(data, clients)).toBe(3999);
    expect(data.timeline.times[0]).toBeLessThan(START + 2 * 3999 * 1000 - 3_600_000);
  });

  it('finds the environments, sums classes over them, and has ratios of each', () => {
    const at = (ok: number, failed: number, other: number): Record<string, number> => ({
      'response_code{env="b",statuscode="200",type="200"}': ok,
      'response_code{env="b",statuscode="503",type="500"}': failed,
      'response_code{env="a",statuscode="500",type="500"}': other,
    });
    add(0, at(0, 0, 0), at(6, 2, 2));
    expect(data.environments).toEqual(['b', 'a']);
    expect(latest(data, responses('500'))).toBe(2);
    expect(latest(data, responses('500', { env: 'b' }))).toBe(1);
    expect(latest(data, errorRatio({ env: 'b' }))).toBe(0.25);
    expect(latest(data, errorRatio({ env: 'a' }))).toBe(1);
    expect(topStatusCodes(data.scrapes, 2)).toEqual([
      { code: '200', type: '200', perSecond: 3, share: 0.6 },
      { code: '500', type: '500', perSecond: 1, share: 0.2 },
    ]);
    expect(topStatusCodes(data.scrapes, 2, { env: 'a' })).toEqual([
      { code: '500', type: '500', perSecond: 1, share: 1 },
    ]);
  });

  it('has no error ratio and no response time where nothing came', () => {
    const nothing = {
      'response_code{env="a",statuscode="500",type="500"}': 0,
      'response_time_bucket{le="1",env="a"}': 0,
      'response_time_bucket{le="+Inf",env="a"}': 0,
    };
    add(0, nothing, nothing);
    expect(latest(data, errorRatio({ env: 'a' }))).toBeNaN();
    expect(latest(data, responseTime(0.5, { env: 'a' }))).toBeNaN();
  });

  it('has every figure under an expression of its own', () => {
    const expressions = figuresOf(['a', 'b']).map(({ expression }) => expression);
    expect(new Set(expressions).size).toBe(expressions.length);
  });

  it('says what runs, since when, and what its data is', () => {
    const of = (simulated: number, real: number): Record<string, number> => ({
      'service_collector_build_info{version="1.2.3",node_version="v24.0.0"}': 1,
      process_start_time_seconds: 1_699_999_000,
      'response_code{env="a",statuscode="200",type="200"}': simulated + real,
      'service_collector_observations_total{source="simulator"}': simulated,
      'service_collector_observations_total{source="http"}': real,
    });
    const whatIs = (simulated: number, real: number): string => {
      add(data.timeline.length * 2, of(simulated, real));
      return about(data.scrapes).data;
    };
    expect([whatIs(0, 0), whatIs(0, 2), whatIs(3, 0), whatIs(3, 4)]).toEqual([
      'none',
      'real',
      'simulated',
      'simulated and real',
    ]);
    expect(about(data.scrapes)).toMatchObject({
      version: '1.2.3',
      nodeVersion: 'v24.0.0',
      started: 1_699_999_000,
      observations: 7,
    });
  });

  it('says of each source what was recorded and refused, the most frequent reason first', () => {
    add(0, {
      'service_collector_observations_total{source="http"}': 5,
      'service_collector_source_configured{source="http"}': 1,
      'service_collector_source_last_recorded_timestamp_seconds{source="http"}': 1_700_000_000,
      'service_collector_observations_rejected_total{source="http",reason="not_json"}': 1,
      'service_collector_observations_rejected_total{source="http",reason="too_large"}': 2,
      'service_collector_observations_rejected_total{source="http",reason="incomplete"}': 0,
    });
    const reasons = [
      ['too_large', 2],
      ['not_json', 1],
    ];
    expect(sources(data)).toEqual([
      {
        name: 'http',
        configured: true,
        lastRecorded: 1_700_000_000,
        recorded: 5,
        recording: NaN,
        refused: { count: 3, reasons, last: undefined },
      },
    ]);
  });
});
