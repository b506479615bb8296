import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { type Bucket, histogramQuantile } from './histogram-quantile.js';

function buckets(...pairs: [number, number][]): Bucket[] {
  return pairs.map(([upperBound, count]) => ({ upperBound, count }));
}

const some = buckets([1, 10], [2, 30], [Infinity, 40]);

describe('histogramQuantile', () => {
  it.each([
    ['lies linearly within a bucket', 0.5, some, 1.5],
    ['begins at 0 in the first bucket', 0.125, some, 0.5],
    ['is the first bound where that is not positive', 0.1, buckets([-1, 10], [Infinity, 20]), -1],
    ['is the highest finite bound where it lies above', 0.9, some, 2],
    ['is the highest finite bound where all lie above', 0.5, buckets([1, 0], [2, 0], [Infinity, 5]), 2],
    ['takes buckets in any order', 0.5, some.toReversed(), 1.5],
    ['adds up buckets of the same bound', 0.5, buckets([1, 2], [1, 2], [Infinity, 8]), 1],
    ['raises a bucket that is below the one before', 0.25, buckets([1, 10], [2, 5], [Infinity, 10]), 0.25],
    ['is not known without observations', 0.5, buckets([1, 0], [Infinity, 0]), NaN],
    ['is not known without buckets', 0.5, [], NaN],
    ['is not known with the bucket +Inf alone', 0.5, buckets([Infinity, 4]), NaN],
    ['is not known without the bucket +Inf', 0.5, buckets([1, 4], [2, 5]), NaN],
    ['is -Infinity below 0', -0.1, some, -Infinity],
    ['is Infinity above 1', 1.1, some, Infinity],
    ['is not known for NaN', NaN, some, NaN],
    ['is 0 for 0', 0, some, 0],
    ['is not known for 0 where the first bucket is empty', 0, buckets([1, 0], [2, 1], [Infinity, 1]), NaN],
  ])('%s', (_fact, q, given, expected) => {
    expect(histogramQuantile(q, given)).toBe(expected);
  });

  it('never falls as q rises, and stays within the finite bounds', () => {
    const share = fc.double({ min: 1e-9, max: 1, noNaN: true });
    const counts = fc
      .array(fc.nat(1000), { minLength: 2, maxLength: 12 })
      .filter((all) => Math.max(...all) > 0);
    fc.assert(
      fc.property(counts, share, share, (all, a, b) => {
        const last = all.length - 1;
        const given = all.map((count, i) => ({ upperBound: i === last ? Infinity : i + 1, count }));
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => histogramQuantile(q, given));
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual((high ?? NaN) + 1e-9);
        expect(high).toBeLessThanOrEqual(last);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
