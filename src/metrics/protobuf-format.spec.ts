import fc from 'fast-check';
import { asText, families, nativeCounts } from '../../test/protobuf.js';
import { samples } from '../../test/service.js';
import { Histogram } from './histogram.js';
import { Counter, Gauge } from './values.js';
import { ProtobufFormat } from './protobuf-format.js';
import { Registry } from './registry.js';
import { TextFormat } from './text-format.js';

const labelNames = ['env', 'code'] as const;
const buckets = [0.005, 1, 10];
const step = fc.record({
  labels: fc.option(
    fc.record({
      env: fc.constantFrom('testing', 'pro"duc\\tion\n', 'größe', '', 'long'.repeat(100)),
      code: fc.constantFrom<string | number>(200, '503'),
    }),
  ),
  value: fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e300, noNaN: true })),
  count: fc.nat({ max: 2 ** 48 }),
});

describe('ProtobufFormat', () => {
  it('prints the metrics and samples that the text has, however often it is printed in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const registry = new Registry();
        const help = 'Some\\Help\n';
        registry.register(new Counter({ name: 'alone_total', help }));
        const counter = registry.register(new Counter({ name: 'counter', help, labelNames }));
        const gauge = registry.register(new Gauge({ name: 'gauge', help, labelNames }));
        const histogram = registry.register(new Histogram({ name: 'histogram', help, labelNames, buckets }));
        const [text, protobuf] = [new TextFormat(), new ProtobufFormat()];
        const compare = (): void => {
          const page = text.print(registry).toString();
          const printed = asText(protobuf.print(registry));
          expect(printed.heads).toEqual(page.split('\n').filter((line) => line.startsWith('#')));
          expect(printed.samples).toEqual(samples(page));
        };
        for (const { labels, value, count } of [...steps, { labels: null, value: 0, count: 0 }]) {
          if (labels) {
            counter.inc(labels, value);
            gauge.set(labels, 1 - value);
            histogram.observe(labels, value);
            histogram.series(labels).add([count, 0, 1], value);
          } else compare();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('prints special values', () => {
    const registry = new Registry();
    const gauge = registry.register(new Gauge<'of'>({ name: 'some', help: 'Some', labelNames: ['of'] }));
    const values = [Infinity, -Infinity, NaN];
    for (const value of values) gauge.set({ of: String(value) }, value);
    const [family] = families(new ProtobufFormat().print(registry));
    expect(family?.metric.map((metric) => metric.gauge?.value)).toEqual(values);
  });

  it('says when counters and histograms were made, whatever is done to the clock later', () => {
    const registry = new Registry();
    const now = jest.spyOn(performance, 'now').mockReturnValue(1500.4);
    const options = { name: 'one', help: 'One', labelNames: ['of'] };
    const counter = registry.register(new Counter(options));
    counter.inc({ of: 'first' });
    registry.register(new Histogram({ ...options, name: 'two', buckets })).observe({ of: 'first' }, 1);
    registry.register(new Gauge({ ...options, name: 'three' })).set({ of: 'first' }, 1);
    registry.register(new Counter({ name: 'four', help: 'Collected', collect: () => undefined }));
    const format = new ProtobufFormat();
    const created = (): (number | undefined)[] =>
      families(format.print(registry))
        .flatMap(({ metric }) => metric.map((one) => (one.counter ?? one.histogram)?.created_timestamp))
        .map((time) => time && time.seconds * 1000 + time.nanos / 1e6 - Math.round(performance.timeOrigin));
    expect(created()).toEqual([1500, 1500, undefined, 0]);
    jest.useFakeTimers({ now: 0, doNotFake: ['performance'] });
    now.mockReturnValue(7000);
    counter.inc({ of: 'second' });
    expect(created()).toEqual([1500, 7000, 1500, undefined, 0]);
    jest.useRealTimers();
    now.mockRestore();
  });
});

describe('a native histogram', () => {
  /** One that has these values, and those that are counted already, as it is printed. */
  const printed = (values: readonly number[], counts: readonly number[] = []) => {
    const registry = new Registry();
    const options = { name: 'time', help: 'Time', buckets, isNative: true };
    const series = registry.register(new Histogram(options)).series({});
    for (const value of values) series.observe(value);
    series.add(counts, 0);
    const [histogram] = families(new ProtobufFormat().print(registry)).map((one) => one.metric[0]?.histogram);
    if (!histogram) throw new Error('no histogram');
    return histogram;
  };
  const duration = fc.oneof(
    fc.double({ min: 0, max: 864_000, noNaN: true }),
    fc.double({ min: -22, max: 19.7, noNaN: true }).map((power) => 2 ** power),
    fc.integer({ min: -200, max: 157 }).map((index) => 2 ** (index / 8)),
  );

  it.each([
    ['of schema 3', 100],
    ['of half the resolution once it has more than 160', 700],
  ])('has each value in the right bucket, %s', (_, maxLength) => {
    fc.assert(
      fc.property(fc.array(duration, { maxLength, minLength: maxLength / 2 }), (values) => {
        const histogram = printed(values);
        const { schema = NaN, zero_threshold: threshold = NaN, zero_count: zeroCount = NaN } = histogram;
        const expected = new Map<number, number>();
        for (const value of values.filter((one) => one > threshold)) {
          let index = Math.floor(Math.log2(value) * 2 ** schema) - 1;
          while (2 ** (index / 2 ** schema) < value) index++;
          expected.set(index, (expected.get(index) ?? 0) + 1);
        }
        const counts = nativeCounts(histogram);
        expect(counts).toEqual(expected);
        expect(threshold).toBeLessThanOrEqual(1e-6);
        expect(zeroCount).toBe(values.filter((value) => value <= threshold).length);
        expect(counts.size).toBeLessThanOrEqual(160);
        expect(schema === 3 || counts.size > 80).toBe(true);
        expect(histogram.sample_count).toBe(values.length);
      }),
      { numRuns: 100 },
    );
  });

  it('has what is counted already at the upper bounds of its buckets, and of +Inf at the lower', () => {
    const histogram = printed([], [1, 2, 4, 8]);
    const indices = [0.005, 1, 10].map((bound) => Math.ceil(Math.log2(bound) * 8));
    expect([...nativeCounts(histogram)]).toEqual(indices.map((index, i) => [index, [1, 2, 12][i]]));
    expect(histogram.sample_count).toBe(15);
  });

  it('has one span without buckets while it is empty', () => {
    expect(printed([])).toMatchObject({
      schema: 3,
      zero_count: 0,
      positive_span: [{ offset: 0, length: 0 }],
    });
  });
});
