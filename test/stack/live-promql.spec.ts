// What the live page computes, compared with a real Prometheus that has the same samples.
import fc from 'fast-check';
import { figuresOf } from '../../src/live/figures/figures.js';
import { type Bucket, histogramQuantile } from '../../src/live/figures/histogram-quantile.js';
import { LiveData } from '../../src/live/figures/live-data.js';
import { rate, type Samples } from '../../src/live/figures/rate.js';
import { Prometheus, type Result } from './prometheus.js';

/** Full seconds, in the past, as far as Prometheus is concerned. */
const START = Math.floor(Date.now() / 1000) * 1000 - 3 * 3_600_000;
const SERIES = 300;
const RANGES = [5_000, 10_000, 60_000];
const QUANTILES = ['-1', '0', '0.001', '0.5', '0.9', '0.99', '1', '1.5', 'NaN'];

const increase = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1000) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1e9, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant('reset' as const) },
);

/** A counter that is scraped for some two minutes, with jitter, missed scrapes and resets. */
const counter = fc
  .array(
    fc.tuple(fc.oneof(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: 1, max: 30_000 })), increase),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((steps): Samples => {
    const samples = { times: [0].slice(1), values: [0].slice(1) };
    let [time, value] = [START, 0];
    for (const [distance, step] of steps) {
      time += distance;
      value = step === 'reset' ? 0 : value + step;
      samples.times.push(time);
      samples.values.push(value);
    }
    return samples;
  });

const bound = fc.oneof(
  fc.constantFrom(-1, 0, 0.005, 0.01, 0.1, 1, 2.5, 10),
  fc.double({ min: -5, max: 100, noNaN: true }),
);
const count = fc.oneof(
  { weight: 10, arbitrary: fc.double({ min: 0, max: 1e4, noNaN: true }) },
  { weight: 4, arbitrary: fc.nat(20) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);

/** A histogram, often cumulative as it should be, sometimes not, and sometimes without +Inf. */
const histogram = fc
  .tuple(
    fc.uniqueArray(bound, { maxLength: 12, comparator: 'SameValueZero' }),
    fc.array(count, { minLength: 13, maxLength: 13 }),
    fc.nat(9),
  )
  .map(([bounds, counts, kind]): Bucket[] => {
    const upperBounds = [...bounds.toSorted((a, b) => a - b), ...(kind === 0 ? [] : [Infinity])];
    let sum = 0;
    return upperBounds.map((upperBound, i) => {
      sum += counts[i] ?? 0;
      return { upperBound, count: kind < 3 ? (counts[i] ?? 0) : sum };
    });
  })
  // Without a bucket there is no series.
  .filter((buckets) => buckets.length > 0)
  .chain((buckets) => fc.shuffledSubarray(buckets, { minLength: buckets.length }));

const { seed } = fc.readConfigureGlobal();
const random = { numRuns: SERIES, seed: seed ?? Date.now() };
const counters = fc.sample(counter, random);
const histograms = fc.sample(histogram, random);
const ends = fc.sample(fc.integer({ min: 0, max: 150_000 }), { numRuns: 60, seed: random.seed });

/** What a service shows at scrapes two seconds apart: it starts again after 50, and a series appears late. */
const expositions = Array.from({ length: 80 }, (_, i) => {
  const age = i < 50 ? i : i - 50;
  const lines = [
    `incoming_requests ${age * 5}`,
    `connected_clients ${i % 9}`,
    `process_cpu_seconds_total ${age / 13}`,
    `process_resident_memory_bytes ${1e8 + i}`,
    `nodejs_eventloop_lag_p99_seconds ${i / 1000}`,
  ];
  for (const [env, scale] of [
    ['testing', 1],
    ['production', 2],
  ] as const) {
    const codes = { 200: 7 * age, 302: age, 404: Math.floor(age / 3), 503: age ** 2 % 1000, 599: i };
    for (const [code, value] of Object.entries(codes)) {
      if (code === '599' && i < 20) continue;
      lines.push(`response_code{env="${env}",statuscode="${code}",type="${code[0]}00"} ${value * scale}`);
    }
    const buckets = { '0.1': 3 * age, '1': 11 * age, '10': 11 * age + (i % 7), '+Inf': 12 * age + (i % 7) };
    for (const [le, value] of Object.entries(buckets)) {
      lines.push(`response_time_bucket{le="${le}",env="${env}"} ${value * scale}`);
    }
  }
  return { time: START + i * 2000 + ((i * 37) % 50), lines };
});

let prometheus: Prometheus;
beforeAll(async () => {
  prometheus = await Prometheus.start({
    file: 'prom/prometheus.yml',
    addresses: {},
    interval: '1h',
    history: openMetrics(),
  });
});
afterAll(() => prometheus[Symbol.asyncDispose]());

describe(`with samples of the seed ${random.seed}`, () => {
  it.each(RANGES)('rate over %d ms is what Prometheus computes', async (range) => {
    let known = 0;
    for (const end of ends.map((offset) => START + offset)) {
      const expected = byId(await prometheus.query(`rate(counter[${range}ms])`, end));
      const actual = counters.map((samples) => rate(samples, end, range));
      expectSame(actual, expected);
      known += expected.size;
    }
    expect(known).toBeGreaterThan(50);
  });

  it.each(QUANTILES)('histogram_quantile(%s) is what Prometheus computes', async (q) => {
    const expected = byId(await prometheus.query(`histogram_quantile(${q}, histogram_bucket)`, START));
    expect(expected.size).toBeGreaterThan(SERIES / 2);
    expectSame(
      histograms.map((buckets) => histogramQuantile(Number(q), buckets)),
      expected,
    );
  });
});

it('every figure of the page is what Prometheus computes from the same scrapes, also across a restart', async () => {
  const data = new LiveData();
  for (const { time, lines } of expositions) {
    data.add(time, lines.join('\n'));
    for (const { expression } of figuresOf(data.environments)) {
      const range = data.scrapes.range;
      if (range === 0) continue;
      const [result] = await prometheus.query(expression.replaceAll('[1m]', `[${range}ms]`), time);
      const actual = data.timeline.values(expression).at(-1) ?? NaN;
      expect([expression, time, actual]).toEqual([expression, time, near(result?.value ?? NaN)]);
    }
  }
});

function openMetrics(): string {
  const lines = [
    ...counters.flatMap(({ times, values }, id) =>
      times.map((time, i) => `counter{id="${id}"} ${values[i]} ${time / 1000}`),
    ),
    ...histograms.flatMap((buckets, id) =>
      buckets.map(({ upperBound, count: value }) => {
        const le = String(upperBound).replace('Infinity', '+Inf');
        return `histogram_bucket{id="${id}",le="${le}"} ${value} ${START / 1000}`;
      }),
    ),
    ...expositions.flatMap(({ time, lines: all }) => all.map((line) => `${line} ${time / 1000}`)),
  ];
  return `${lines.join('\n')}\n# EOF\n`;
}

function byId(results: readonly Result[]): Map<number, number> {
  return new Map(results.map(({ labels, value }) => [Number(labels['id']), value]));
}

/** Where Prometheus has no result, there is NaN. */
function expectSame(actual: readonly number[], expected: ReadonlyMap<number, number>): void {
  expect(actual).toEqual(actual.map((_, id) => near(expected.get(id) ?? NaN)));
}

/** Matches what is equal to 1e-9 of the value, and -0 where it is 0. */
function near(value: number): unknown {
  return Number.isNaN(value) ? NaN : new Near(value);
}

class Near {
  constructor(private readonly value: number) {}

  asymmetricMatch(other: unknown): boolean {
    if (other === this.value) return true;
    return typeof other === 'number' && Math.abs(other - this.value) <= 1e-9 * Math.abs(this.value);
  }

  toString(): string {
    return `about ${this.value}`;
  }
}
