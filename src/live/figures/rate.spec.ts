import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { rate } from './rate.js';

const MINUTE = 60_000;

/** Values at these distances in seconds before the end, which is at two minutes. */
function samples(...points: [number, number][]): Parameters<typeof rate>[0] {
  return {
    times: points.map(([secondsBefore]) => 2 * MINUTE - secondsBefore * 1000),
    values: points.map(([, value]) => value),
  };
}

describe('rate', () => {
  it.each([
    ['no sample', samples()],
    ['one sample', samples([0, 5])],
    ['no sample within the range', samples([61, 1], [-1, 5])],
    ['one sample within the range', samples([61, 1], [30, 5])],
  ])('is not known from %s', (_fact, series) => {
    expect(rate(series, 2 * MINUTE, MINUTE)).toBeNaN();
  });

  it.each([
    ['is the increase where samples reach from edge to edge', samples([60, 10], [30, 20], [0, 70]), 1],
    ['adds again what a reset took away', samples([60, 100], [30, 160], [0, 60]), 2],
    ['extends to edges that are near', samples([50, 100], [30, 120], [10, 140]), 1],
    ['extends by half a distance where an edge is far', samples([20, 100], [10, 110], [0, 120]), 25 / 60],
    ['does not extend to before the counter was zero', samples([50, 1], [30, 21], [10, 41]), 51 / 60],
    ['does not count what is after the end', samples([60, 0], [0, 60], [-10, 1000]), 1],
    ['is zero where nothing moves', samples([60, 7], [0, 7]), 0],
  ])('%s', (_fact, series, expected) => {
    expect(rate(series, 2 * MINUTE, MINUTE)).toBeCloseTo(expected, 12);
  });

  it('is never negative, whatever is reset', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e15, noNaN: true }), { minLength: 2, maxLength: 31 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5000 }), (all, distance) => {
        const times = all.map((_, index) => index * distance);
        expect(rate({ times, values: all }, times.at(-1) ?? 0, MINUTE)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
