import fc from 'fast-check';
import { EventLoopDelay } from './event-loop-delay.js';

describe('EventLoopDelay', () => {
  let delay: EventLoopDelay;
  beforeEach(() => {
    delay = new EventLoopDelay();
    delay.stop();
  });

  it('tells what was measured, in seconds, percentiles to 1.1 %', () => {
    const delays = fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), {
      minLength: 1,
      maxLength: 500,
    });
    fc.assert(
      fc.property(delays, (milliseconds) => {
        for (const one of milliseconds) delay.record(one);
        const read = delay.read();
        const sorted = milliseconds.toSorted((one, other) => one - other);
        const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
        expect(read.min * 1000).toBeCloseTo(sorted[0] ?? NaN, 6);
        expect(read.max * 1000).toBeCloseTo(sorted.at(-1) ?? NaN, 6);
        expect(read.mean * 1000).toBeCloseTo(mean, 3);
        for (const [share, found] of [
          [0.5, read.p50],
          [0.9, read.p90],
          [0.99, read.p99],
        ] as const) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
          expect((found * 1000) / exact).toBeGreaterThan(0.9999);
          expect((found * 1000) / exact).toBeLessThan(1.011);
        }
      }),
    );
  });

  it('tells the standard deviation', () => {
    for (const milliseconds of [2, 4, 4, 4, 5, 5, 7, 9]) delay.record(milliseconds);
    expect(delay.read().stddev).toBeCloseTo(0.002, 9);
  });

  it('forgets what was read, and repeats it as long as there is nothing new', () => {
    expect(delay.read()).toEqual({ min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 });
    delay.record(10);
    const first = delay.read();
    expect(first.max).toBe(0.01);
    expect(delay.read()).toBe(first);
    delay.record(20);
    expect(delay.read()).toMatchObject({ min: 0.02, max: 0.02 });
  });
});
