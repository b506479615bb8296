import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import {
  axisTop,
  bytes,
  count,
  durationText,
  perSecond,
  seconds,
  share,
  text,
  tickTexts,
  type Unit,
} from './units.js';

describe('text', () => {
  it.each<[number, Unit, string]>([
    [19.8333, perSecond, '19.8 req/s'],
    [0, perSecond, '0.00 req/s'],
    [12_345, perSecond, '12.3 k req/s'],
    [0.0123, seconds, '12.3 ms'],
    [5.021, seconds, '5.02 s'],
    [0.2, share, '20.0 %'],
    [1, share, '100 %'],
    [127 * 2 ** 20, bytes, '127 MiB'],
    [1.5 * 2 ** 30, bytes, '1.50 GiB'],
    [7, count, '7'],
    [NaN, count, '–'],
    [Infinity, seconds, '–'],
  ])('writes %d as a person reads it', (value, unit, expected) => {
    expect(text(value, unit)).toBe(expected);
  });
});

describe('tickTexts', () => {
  it('has one unit for a whole axis', () => {
    expect(tickTexts([0, 0.25, 0.5], seconds)).toEqual(['0 ms', '250 ms', '500 ms']);
    expect(tickTexts([0, 0.5, 1], seconds)).toEqual(['0 s', '0.5 s', '1 s']);
    expect(tickTexts([0, 64 * 2 ** 20], bytes)).toEqual(['0 MiB', '64 MiB']);
  });
});

describe('axisTop', () => {
  it.each<[number, Unit, number]>([
    [97, perSecond, 100],
    [101, perSecond, 150],
    [100, perSecond, 100],
    [0.3, seconds, 0.3],
    [0, share, 0.01],
    [1, share, 1],
    [0, count, 4],
    [120 * 2 ** 20, bytes, 128 * 2 ** 20],
    [NaN, perSecond, 1],
  ])('is a round number above %d', (largest, unit, expected) => {
    expect(axisTop(largest, unit)).toBeCloseTo(expected, 12);
  });

  it('is above whatever is shown, and not twice as high', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e12, noNaN: true }),
        fc.constantFrom(seconds, bytes),
        (value, unit) => {
          const top = axisTop(value, unit);
          expect(top * (1 + 1e-8)).toBeGreaterThanOrEqual(value);
          expect(top).toBeLessThanOrEqual(Math.max(2 * value, unit.leastTop));
        },
      ),
      { numRuns: fuzzRuns },
    );
  });
});

describe('durationText', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [61, '1 min 1 s'],
    [3600, '1 h 0 min'],
    [90_061, '1 d 1 h'],
  ])('writes %d seconds', (duration, expected) => {
    expect(durationText(duration)).toBe(expected);
  });
});
