// Prometheus' rate(), exact to floating-point rounding. A stack test compares both.

/** The samples of a counter. */
export interface Samples {
  /** Milliseconds since the epoch, ascending. */
  times: readonly number[];
  values: readonly number[];
}

/** Samples cover the range up to an edge that is within this number of average distances. */
const NEAR = 1.1;

/**
 * The increase per second over the `range` milliseconds up to and including `end`, computed like Prometheus 2.42. Counter
 * resets are corrected. The increase between the first and the last sample is extrapolated to the edges of the range if
 * these are near, otherwise by half the average distance of samples, and never to a time at which the counter would have
 * been below zero. NaN with fewer than two samples, for which Prometheus has no result.
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

/** Corrects the difference for counter resets, in Prometheus' order, so that rounding is the same. */
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
