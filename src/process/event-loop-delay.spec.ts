import fc from 'fast-check';
import { DelayWindow, EventLoopDelay } from './event-loop-delay.js';

describe('DelayWindow', () => {
  it('returns the measurements in seconds, percentiles to 1.1 %', () => {
    const delays = fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), {
      minLength: 1,
      maxLength: 500,
    });
    fc.assert(
      fc.property(delays, (milliseconds) => {
        const window = new DelayWindow();
        for (const one of milliseconds) window.record(one);
        const read = window.read();
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

  it('returns the standard deviation', () => {
    const window = new DelayWindow();
    for (const milliseconds of [2, 4, 4, 4, 5, 5, 7, 9]) window.record(milliseconds);
    expect(window.read().stddev).toBeCloseTo(0.002, 9);
  });
});

describe('EventLoopDelay', () => {
  const none = { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 };
  let now = 0;
  let delay: EventLoopDelay;
  beforeEach(() => {
    performance.now = () => now; // a mock would keep a list of all calls
    delay = new EventLoopDelay();
    delay.stop();
  });
  const real = performance.now.bind(performance);
  afterAll(() => (performance.now = real));

  function tickAfter(milliseconds: number): void {
    now += milliseconds;
    delay.tick();
  }

  it('returns the same to every reader, and 0 before the first measurement', () => {
    expect(delay.read()).toEqual(none);
    tickAfter(10);
    delay.read();
    tickAfter(2_000);
    expect(delay.read()).toMatchObject({ min: 0.01, max: 2, mean: 1.005 });
    expect(delay.read()).toEqual(delay.read());
  });

  it.each([500, 2_000, 60_000])(
    'shows a delay of %i ms at once, for at least a minute, and no longer than two',
    (stall) => {
      for (let quiet = 0; quiet < 130_000; quiet += 7_100) {
        for (let i = 0; i < quiet; i += 100) tickAfter(100);
        tickAfter(stall);
        const shown = new Set([delay.read().max]);
        for (let i = 0; i < 60_000; i += 100) {
          tickAfter(100);
          shown.add(delay.read().max);
        }
        expect([...shown]).toEqual([stall / 1000]);
        for (let i = 0; i < 60_000; i += 100) tickAfter(100);
        expect(delay.read().max).toBe(0.1);
      }
    },
  );
});
