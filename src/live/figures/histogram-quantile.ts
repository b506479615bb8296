// Prometheus' histogram_quantile() for classic histograms, including edge cases. A stack test compares both.

export interface Bucket {
  /** The largest value in the bucket: its label `le`. */
  upperBound: number;
  /** The cumulative count of values, or its rate. */
  count: number;
}

/**
 * The quantile `q` of the observations, computed like Prometheus 2.42: by linear interpolation within a bucket. Its lower
 * bound is that of the previous bucket; for the first bucket it is 0, if its upper bound is positive. Above all finite
 * bounds, the result is the highest of these. NaN without observations, without a bucket `+Inf`, or without any other
 * bucket; ±Infinity for a `q` outside of 0 to 1.
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

/** Adds up buckets whose equal bounds are written differently, such as `1` and `1.0`. */
function merged(sorted: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = [];
  for (const { upperBound, count } of sorted) {
    const last = result.at(-1);
    if (last?.upperBound === upperBound) last.count += count;
    else result.push({ upperBound, count });
  }
  return result;
}

/** Makes counts monotonic: inconsistent scrapes and rates may leave a bucket below the previous one. */
function monotonic(sorted: readonly Bucket[]): Bucket[] {
  let most = sorted[0]?.count ?? 0;
  return sorted.map(({ upperBound, count }) => {
    if (count > most) most = count;
    return { upperBound, count: count < most ? most : count };
  });
}

/** Binary search like Prometheus', so that a NaN among the counts leads to the same bucket. */
function firstWithin(rank: number, bounds: readonly Bucket[]): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle]?.count ?? NaN) >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}
