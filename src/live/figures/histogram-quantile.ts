// Prometheus' histogram_quantile() for classic histograms, edge cases included: a stack test compares the two.

export interface Bucket {
  /** The largest value that the bucket counts: its label `le`. */
  upperBound: number;
  /** The count, or its rate, of all values up to there: cumulative. */
  count: number;
}

/**
 * The value below which the share `q` of the observations lies, as Prometheus 2.42 computes it: linear within a bucket
 * whose lower bound is the bucket before, for the first one 0 if its upper bound is positive. If it lies above all
 * finite bounds, the highest of these. NaN without observations, without a bucket `+Inf`, and with no other; ±Infinity
 * for a `q` outside of 0 to 1.
 */
export function histogramQuantile(q: number, buckets: readonly Bucket[]): number {
  if (Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const bounds = monotonic(merged(buckets.toSorted((a, b) => a.upperBound - b.upperBound)));
  const highest = bounds.at(-1);
  const finite = bounds.at(-2);
  if (highest?.upperBound !== Infinity || finite === undefined) return NaN;
  if (highest.count === 0) return NaN;

  const rank = q * highest.count;
  const index = firstWithin(rank, bounds);
  const bucket = bounds[index];
  if (bucket === undefined || bucket === highest) return finite.upperBound;
  const below = bounds[index - 1];
  if (below === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const start = below?.upperBound ?? 0;
  const before = below?.count ?? 0;
  return start + (bucket.upperBound - start) * ((rank - before) / (bucket.count - before));
}

/** Adds up buckets of the same bound, which were written differently, such as `1` and `1.0`. */
function merged(sorted: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = [];
  for (const { upperBound, count } of sorted) {
    const last = result.at(-1);
    if (last?.upperBound === upperBound) last.count += count;
    else result.push({ upperBound, count });
  }
  return result;
}

/** Scrapes and rates may leave a bucket below the one before it, which cannot be: it is raised to that. */
function monotonic(sorted: readonly Bucket[]): Bucket[] {
  let most = sorted[0]?.count ?? 0;
  return sorted.map(({ upperBound, count }) => {
    if (count > most) most = count;
    return { upperBound, count: count < most ? most : count };
  });
}

/** Binary search like Prometheus': a NaN among the counts leads both to the same bucket. */
function firstWithin(rank: number, bounds: readonly Bucket[]): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle]?.count ?? NaN) >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}
