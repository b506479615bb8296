import { Buckets } from './buckets.js';
import { type LabelValues, MetricOf, type MetricOptions, type Series } from './metric.js';
import { NativeHistogram } from './native-histogram.js';

/** A series of a histogram. */
export class Distribution implements Series {
  madeAt = Math.round(performance.now());
  /** The count of each bucket, not cumulative, +Inf last. The final element is the sum of the values. */
  readonly counts: Float64Array;

  constructor(
    readonly labels: Series['labels'],
    readonly buckets: Buckets,
    counts: Float64Array = new Float64Array(buckets.bounds.length + 2),
    readonly native?: NativeHistogram,
  ) {
    this.counts = counts;
  }

  get sum(): number {
    return this.counts.at(-1) ?? NaN;
  }

  /** @param value a finite number */
  observe(value: number): void {
    const { counts } = this;
    const bucket = this.buckets.indexOf(value);
    counts[bucket] = (counts[bucket] ?? NaN) + 1;
    counts[counts.length - 1] = (counts[counts.length - 1] ?? NaN) + value;
    this.native?.observe(value);
  }

  /**
   * Adds values that are already counted by bucket. The native histogram counts them at the upper bound of their bucket, or at
   * the lower bound of +Inf.
   *
   * @param counts of each bucket, not cumulative, +Inf last
   * @param sum of the values
   */
  add(counts: ArrayLike<number>, sum: number): void {
    const last = this.counts.length - 1;
    const { bounds } = this.buckets;
    for (let i = 0; i < last; i++) {
      const count = counts[i] ?? 0;
      this.counts[i] = (this.counts[i] ?? NaN) + count;
      if (count > 0) this.native?.observe(bounds[i] ?? bounds[i - 1] ?? 0, count);
    }
    this.counts[last] = this.sum + sum;
  }

  get numbers(): readonly number[] {
    return [...this.counts, ...(this.native?.numbers ?? [])];
  }

  set numbers(numbers: readonly number[]) {
    this.counts.set(numbers.slice(0, this.counts.length));
    if (this.native) this.native.numbers = numbers.slice(this.counts.length);
  }
}

export class Histogram<L extends string = never> extends MetricOf<L, Distribution, Float64Array> {
  readonly type = 'histogram';
  readonly buckets: Buckets;
  readonly isNative: boolean;

  /** @param isNative whether it also has a native histogram, which only protobuf can show */
  constructor({
    buckets,
    isNative = false,
    ...options
  }: MetricOptions<L> & { buckets: readonly number[]; isNative?: boolean }) {
    super(options);
    this.buckets = new Buckets(buckets);
    this.isNative = isNative;
    if (this.labelNames.length === 0) this.series({});
  }

  protected override make(labels: Series['labels'], counts?: Float64Array): Distribution {
    return new Distribution(labels, this.buckets, counts, this.isNative ? new NativeHistogram() : undefined);
  }

  observe(labels: LabelValues<L>, value: number): void {
    this.series(labels).observe(value);
  }
}
