// Prometheus' rate(), to the last digit that floating point allows: a stack test compares the two.

/** What a counter showed, in the order of time. */
export interface Samples {
  /** Milliseconds since the epoch, ascending. */
  times: readonly number[];
  values: readonly number[];
}

/** Within how many average distances of its edge the samples are taken to cover the range. */
const NEAR = 1.1;

/**
 * The increase per second over the `range` milliseconds up to and including `end`, as Prometheus 2.42 computes it:
 * what a reset took away is added again, and the increase between the first and the last sample is extrapolated to the
 * edges of the range if these are near, otherwise by half the average distance of samples, and never to a time at which
 * the counter would have been below zero. NaN with fewer than two samples, where Prometheus has no result.
 */
export function rate({ times, values }: Samples, end: number, range: number): number {
  const from = times.findIndex((time) => time >= end - range);
  const to = times.findLastIndex((time) => time <= end);
  const [first, last] = [times[from], times[to]];
  const [start, final] = [values[from], values[to]];
  if (from >= to || first === undefined || last === undefined) return NaN;
  if (start === undefined || final === undefined) return NaN;

  const sum = increase(values.slice(from, to + 1), final - start);
  const covered = (last - first) / 1000;
  const distance = covered / (to - from);
  const untilZero = sum > 0 && start >= 0 ? covered * (start / sum) : Infinity;
  const before = Math.min((first - (end - range)) / 1000, untilZero);
  const after = (end - last) / 1000;
  const extended = covered + extension(before, distance) + extension(after, distance);
  return sum * (extended / covered / (range / 1000));
}

/** Adds to the difference what resets took away, in Prometheus' order, so that rounding is the same. */
function increase(values: readonly number[], difference: number): number {
  let sum = difference;
  let previous = NaN;
  for (const value of values) {
    if (value < previous) sum += previous;
    previous = value;
  }
  return sum;
}

/** Seconds by which the samples are extended towards an edge of the range. */
function extension(toEdge: number, distance: number): number {
  return toEdge < distance * NEAR ? toEdge : distance / 2;
}
