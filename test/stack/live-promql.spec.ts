// What the live page computes, compared with a real Prometheus that has the same samples.
import fc from 'fast-check';
import { figuresOf } from '../../src/live/figures/figures.js';
import { histogramQuantile } from '../../src/live/figures/histogram-quantile.js';
import { LiveData } from '../../src/live/figures/live-data.js';
import { rate } from '../../src/live/figures/rate.js';
import { counter, expositions, histogram, START } from './live-samples.js';
import { Prometheus } from './prometheus.js';
import type { Result } from './promql.js';

const SERIES = 300;
const RANGES = [5_000, 10_000, 60_000];
const QUANTILES = ['-1', '0', '0.001', '0.5', '0.9', '0.99', '1', '1.5', 'NaN'];

const { seed } = fc.readConfigureGlobal();
const random = { numRuns: SERIES, seed: seed ?? Date.now() };
const counters = fc.sample(counter, random);
const histograms = fc.sample(histogram, random);
const ends = fc.sample(fc.integer({ min: 0, max: 150_000 }), { numRuns: 60, seed: random.seed });

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

describe(`with the samples that fast-check draws from ${random.seed}`, () => {
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
    if (!Number.isFinite(this.value)) return false;
    return typeof other === 'number' && Math.abs(other - this.value) <= 1e-9 * Math.abs(this.value);
  }

  toString(): string {
    return `about ${this.value}`;
  }
}
