import fc from 'fast-check';
import * as prom from 'prom-client';
import { Histogram } from './histogram.js';
import { Counter, Gauge } from './values.js';
import { Registry } from './registry.js';
import { Lines, TextFormat } from './text-format.js';

const labelNames = ['env', 'code'] as const;
const buckets = [0.005, 1, 10];
const numbers = fc.oneof(
  fc.constantFrom(0, 0.005, 1, 9, 10, 99, 100, 999_999, 2 ** 31, 1e14 - 1, 1e14, 2 ** 53, 1e21, 0.5, 1e-9),
  fc.nat(),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
);
/** What is done to metrics of ours and of prom-client alike; without labels, both are printed. */
const step = fc.record({
  labels: fc.option(
    fc.record({
      env: fc.constantFrom('testing', 'pro"duc\\tion\n', 'größe', ''),
      code: fc.constantFrom<string | number>(200, '503'),
    }),
  ),
  value: numbers,
});

describe('TextFormat', () => {
  it('prints what prom-client prints after the same operations, however often it is printed in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const [registry, format, register] = [new Registry(), new TextFormat(), new prom.Registry()];
        const registers = [register];
        const help = 'Some\\Help\n';
        const counters = [
          registry.register(new Counter({ name: 'counter', help, labelNames })),
          new prom.Counter({ name: 'counter', help, labelNames, registers }),
        ];
        const gauges = [
          registry.register(new Gauge({ name: 'gauge', help, labelNames })),
          new prom.Gauge({ name: 'gauge', help, labelNames, registers }),
        ];
        const histograms = [
          registry.register(new Histogram({ name: 'histogram', help, labelNames, buckets })),
          new prom.Histogram({ name: 'histogram', help, labelNames, buckets, registers }),
        ];
        const page = (): string => format.print(registry).toString();
        for (const { labels, value } of [{ labels: null, value: 0 }, ...steps]) {
          if (labels) {
            for (const counter of counters) counter.inc(labels, value);
            for (const gauge of gauges) gauge.set(labels, -value);
            for (const histogram of histograms) histogram.observe(labels, value);
          } else {
            expect(page()).toBe(await register.metrics());
          }
        }
        expect(page()).toBe(await register.metrics());
      }),
      { numRuns: 150 },
    );
  });

  it('prints a metric without labels at 0 from the beginning, and special values', () => {
    const registry = new Registry();
    registry.register(new Counter({ name: 'events_total', help: 'Events' }));
    const gauge = registry.register(new Gauge<'of'>({ name: 'some', help: 'Some', labelNames: ['of'] }));
    for (const value of [Infinity, -Infinity, NaN]) gauge.set({ of: String(value) }, value);
    const format = new TextFormat();
    for (let i = 0; i < 2; i++) {
      expect(format.print(registry).toString()).toBe(
        [
          '# HELP events_total Events\n# TYPE events_total counter\nevents_total 0\n',
          '# HELP some Some\n# TYPE some gauge',
          'some{of="Infinity"} +Inf\nsome{of="-Infinity"} -Inf\nsome{of="NaN"} NaN\n',
        ].join('\n'),
      );
    }
  });

  it('prints what a metric collects, and nothing of series that are gone', () => {
    const registry = new Registry();
    let now: Record<string, number> = { one: 1 };
    const gauge = registry.register(
      new Gauge<'of'>({
        name: 'some',
        help: 'Some',
        labelNames: ['of'],
        collect: () => {
          gauge.clear();
          for (const [of, value] of Object.entries(now)) gauge.set({ of }, value);
        },
      }),
    );
    const format = new TextFormat();
    expect(format.print(registry).toString()).toMatch(/gauge\nsome\{of="one"\} 1\n$/);
    now = { other: 2 };
    expect(format.print(registry).toString()).toMatch(/gauge\nsome\{of="other"\} 2\n$/);
  });
});

describe('Lines', () => {
  it('overwrite a number of the same length, and are put together anew for another', () => {
    const lines = new Lines();
    lines.add(['\none ', '\nother ']);
    const bytes = lines.print([0, 0]);
    expect(lines.print([9, 0])).toBe(bytes);
    expect(bytes.toString()).toBe('\none 9\nother 0');
    expect(lines.print([10, 0])).not.toBe(bytes);
    lines.add(['\nthird ']);
    expect(lines.print([10, 0.5, 7]).toString()).toBe('\none 10\nother 0.5\nthird 7');
  });
});

describe('metrics', () => {
  it('refuse a label that they do not have, a name that is none, and one that is taken', () => {
    const counter = new Counter<'env'>({ name: 'some', help: 'Some', labelNames: ['env'] });
    expect(() => counter.series(JSON.parse('{"other":1}'))).toThrow('some has no label other');
    expect(() => new Counter({ name: 'not a name', help: '' })).toThrow(
      'not a name is not the name of a metric',
    );
    const registry = new Registry();
    registry.register(counter);
    expect(() => registry.register(new Gauge({ name: 'some', help: '' }))).toThrow(
      'There is a metric some already',
    );
  });

  it('find a series again by its labels in any order, and count what is counted already', () => {
    const histogram = new Histogram<'a' | 'b'>({
      name: 'some',
      help: 'Some',
      labelNames: ['a', 'b'],
      buckets,
    });
    const series = histogram.series({ b: 1, a: '1' });
    expect(histogram.series({ a: 1, b: '1' })).toBe(series);
    series.observe(1);
    series.add([1, 2, 0, 4], 50);
    expect(series.numbers).toEqual([1, 3, 0, 4, 51]);
    const counter = new Counter({ name: 'some', help: 'Some' });
    counter.inc(5);
    counter.inc();
    expect(counter.series({}).value).toBe(6);
  });
});
