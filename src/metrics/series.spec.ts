import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { PrintingRegistry } from './print.js';
import { SeriesCounter } from './series-counter.js';
import { SeriesHistogram } from './series-histogram.js';

const LABELS = ['env', 'code'] as const;
type Labels = Partial<Record<(typeof LABELS)[number], string | number>>;

/** The same thing done to a metric of prom-client and to one with held series. */
type Step = { what: 'held' | 'plain' | 'remove' | 'reset' | 'print'; labels: Labels; value: number };

const labels = fc.record({
  env: fc.constantFrom('testing', 'pro"duc\\tion\n', ''),
  code: fc.constantFrom<string | number>(200, '503'),
});
const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('held', 'held', 'held', 'plain', 'plain', 'remove', 'reset', 'print'),
    labels,
    value: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
      fc.constantFrom(0.005, 1, 10, 11),
    ),
  }),
  { maxLength: 40 },
);

const sorted = (text: string): string[] =>
  text.split('\n').toSorted((one, other) => one.localeCompare(other));

describe('SeriesCounter', () => {
  const options = { name: 'response_code', help: 'Response\\Codes', labelNames: LABELS };

  it('prints and returns what prom-client would, whatever is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const [registry, reference] = [new PrintingRegistry(), new Registry()];
        const counter = new SeriesCounter({ ...options, registers: [registry] });
        const expected = new Counter({ ...options, registers: [reference] });
        const held = new Map<string, ReturnType<typeof counter.series>>();
        for (const step of all) {
          const key = JSON.stringify(step.labels);
          if (step.what === 'held') {
            if (!held.has(key)) held.set(key, counter.series(step.labels));
            held.get(key)?.inc();
            expected.inc(step.labels);
          } else if (step.what === 'plain') {
            counter.inc(step.labels, step.value);
            expected.inc(step.labels, step.value);
          } else if (step.what === 'remove') {
            counter.remove(step.labels);
            expected.remove(step.labels);
          } else if (step.what === 'reset') {
            counter.reset();
            expected.reset();
          } else {
            expect(sorted(await registry.metrics())).toEqual(sorted(await reference.metrics()));
          }
        }
        expect(sorted(await registry.metrics())).toEqual(sorted(await reference.metrics()));
        const { values, ...rest } = await counter.get();
        const { values: expectedValues, ...expectedRest } = await expected.get();
        expect(rest).toEqual(expectedRest);
        expect(values).toHaveLength(expectedValues.length);
        expect(values).toEqual(expect.arrayContaining(expectedValues));
      }),
      { numRuns: 500 },
    );
  });

  it('shows a held series from the beginning, and refuses what prom-client refuses', async () => {
    const registry = new PrintingRegistry();
    const counter = new SeriesCounter({ ...options, registers: [registry] });
    const series = counter.series({ env: 'testing', code: 200 });
    expect(counter.series({ code: 200, env: 'testing' })).toBe(series);
    expect(await registry.getSingleMetricAsString('response_code')).toBe(
      '# HELP response_code Response\\\\Codes\n# TYPE response_code counter\nresponse_code{env="testing",code="200"} 0',
    );
    expect(() => counter.series(JSON.parse('{"other":1}'))).toThrow('Added label "other"');
    expect(() => counter.inc({ env: 'testing' }, -1)).toThrow('not possible to decrease');
    expect(() => counter.inc({ env: 'testing' }, Infinity)).toThrow('not a valid number');
    expect(() => new Counter({ ...options, registers: [registry] })).toThrow('already been registered');
  });
});

describe('SeriesHistogram', () => {
  const options = {
    name: 'response_time',
    help: 'Response Times',
    labelNames: LABELS,
    buckets: [0.005, 1, 10],
  };

  it('prints and returns what prom-client would, whatever is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const [registry, reference] = [new PrintingRegistry(), new Registry()];
        const histogram = new SeriesHistogram({ ...options, registers: [registry] });
        const expected = new Histogram({ ...options, registers: [reference] });
        const held = new Map<string, ReturnType<typeof histogram.series>>();
        for (const step of all) {
          const key = JSON.stringify(step.labels);
          if (step.what === 'held') {
            if (!held.has(key)) held.set(key, histogram.series(step.labels));
            held.get(key)?.observe(step.value);
            expected.observe(step.labels, step.value);
          } else if (step.what === 'plain') {
            histogram.observe(step.labels, step.value);
            expected.observe(step.labels, step.value);
          } else if (step.what === 'remove') {
            histogram.remove(step.labels);
            expected.remove(step.labels);
          } else if (step.what === 'reset') {
            histogram.reset();
            expected.reset();
          } else {
            expect(sorted(await registry.metrics())).toEqual(sorted(await reference.metrics()));
          }
        }
        expect(sorted(await registry.metrics())).toEqual(sorted(await reference.metrics()));
        const { values, ...rest } = await histogram.get();
        const { values: expectedValues, ...expectedRest } = await expected.get();
        expect(rest).toEqual(expectedRest);
        expect(values).toHaveLength(expectedValues.length);
        expect(values).toEqual(expect.arrayContaining(expectedValues));
      }),
      { numRuns: 500 },
    );
  });

  it('shows a held series from the beginning, and empties it with zero', async () => {
    const registry = new PrintingRegistry();
    const histogram = new SeriesHistogram({ ...options, registers: [registry] });
    const series = histogram.series({ env: 'testing' });
    expect(histogram.series({ env: 'testing' })).toBe(series);
    series.observe(2);
    histogram.zero({ env: 'testing' });
    series.observe(0.5);
    expect(await registry.getSingleMetricAsString('response_time')).toBe(
      [
        '# HELP response_time Response Times',
        '# TYPE response_time histogram',
        'response_time_bucket{le="0.005",env="testing"} 0',
        'response_time_bucket{le="1",env="testing"} 1',
        'response_time_bucket{le="10",env="testing"} 1',
        'response_time_bucket{le="+Inf",env="testing"} 1',
        'response_time_sum{env="testing"} 0.5',
        'response_time_count{env="testing"} 1',
      ].join('\n'),
    );
    expect(() => histogram.observe({ env: 'testing' }, NaN)).toThrow('not a valid number');
  });
});
