// What the live page computes, compared with a real Prometheus that has the same samples.
import fc from 'fast-check';
import { figuresOf } from '../../src/live/figures/figures.js';
import { LiveData } from '../../src/live/figures/live-data.js';
import { rate } from '../../src/live/figures/rate.js';
import { fuzzSeed } from '../fuzz.js';
import { counter, expositions, START } from './live-samples.js';
import { Prometheus } from './prometheus.js';

const SERIES = 300;
const RANGES = [5_000, 10_000, 60_000];

const random = { numRuns: SERIES, seed: fuzzSeed };
const counters = fc.sample(counter, random);
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

it.each(RANGES)('rate over %d ms is what Prometheus computes', async (range) => {
  let known = 0;
  for (const end of ends.map((offset) => START + offset)) {
    const results = await prometheus.query(`rate(counter[${range}ms])`, end);
    const expected = new Map(results.map(({ labels, value }) => [Number(labels['id']), value]));
    expectSame(
      counters.map((samples) => rate(samples, end, range)),
      expected,
    );
    known += expected.size;
  }
  expect(known).toBeGreaterThan(50);
});

it('every figure of the page is what Prometheus computes from the same scrapes, also across a restart', async () => {
  const data = new LiveData();
  for (const { time, lines } of expositions) {
    data.add(time, lines.join('\n'));
    for (const { expression } of figuresOf(data.environments)) {
      const range = data.scrapes.range;
      if (range === 0) continue;
      const [result] = await prometheus.query(expression.replaceAll('[1m]', `[${range}ms]`), time);
      expectSame(
        [data.timeline.values(expression).at(-1) ?? NaN],
        new Map([[0, result?.value ?? NaN]]),
        expression,
      );
    }
  }
});

function openMetrics(): string {
  const lines = [
    ...counters.flatMap(({ times, values }, id) =>
      times.map((time, i) => `counter{id="${id}"} ${values[i]} ${time / 1000}`),
    ),
    ...expositions.flatMap(({ time, lines: all }, i) => [
      ...newSeries(i).map((series) => `${series} 0 ${(expositions[i - 1]?.time ?? NaN) / 1000}`),
      ...all.map((line) => `${line} ${time / 1000}`),
    ]),
  ];
  return `${lines.join('\n')}\n# EOF\n`;
}

/** What the exposition before did not show: for the page, it stood at 0 then. */
function newSeries(index: number): string[] {
  const seriesOf = (i: number) => expositions[i]?.lines.map((line) => line.replace(/ \S+$/, ''));
  const before = seriesOf(index - 1);
  return before ? (seriesOf(index)?.filter((series) => !before.includes(series)) ?? []) : [];
}

/** Compares to 1e-9 of what is expected: where Prometheus has no result, NaN. */
function expectSame(actual: readonly number[], expected: ReadonlyMap<number, number>, of?: string): void {
  const differing = actual.flatMap((value, id) => {
    const right = expected.get(id) ?? NaN;
    const same =
      Object.is(value, right) || value === right || Math.abs(value - right) <= 1e-9 * Math.abs(right);
    return same ? [] : [{ of, id, value, right }];
  });
  expect(differing).toEqual([]);
}
