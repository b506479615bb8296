// Metrics and their series. A series is found by its labels once and then held, so that counting is an addition in a typed
// array. They know nothing of the formats in which they are printed.
import { Buckets } from './buckets.js';
import { NativeHistogram } from './native-histogram.js';

/** Values by the names of labels; those that are left out are not printed. */
export type LabelValues<L extends string = string> = { [Name in L]?: string | number };

export interface MetricOptions<L extends string> {
  name: string;
  help: string;
  /** In the order in which they are printed. */
  labelNames?: readonly L[];
  /** Brings the series up to date; called before they are printed. */
  collect?: () => void;
}

export interface Series {
  readonly labels: Readonly<Record<string, string | number>>;
  /** When it began to count, in whole milliseconds after the start of the process. */
  madeAt: number;
  /** What it counts, which may be changed. A histogram's begin with its `counts`. */
  numbers: readonly number[];
}

const NAME = /^[A-Za-z_:][\w:]*$/;

/** What the metrics of all types have: a name, and series by their labels. */
abstract class MetricOf<L extends string, S extends Series, Place> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly collect: (() => void) | undefined;
  readonly #byLabels = new Map<string, S>();
  #fresh: S[] = [];

  constructor({ name, help, labelNames = [], collect }: MetricOptions<L>) {
    if (!NAME.test(name)) throw new Error(`${name} is not the name of a metric`);
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.collect = collect;
  }

  protected abstract make(labels: Series['labels'], place: Place | undefined): S;

  /**
   * The series with these labels, to be held and moved without looking it up. It is printed from now on.
   *
   * @param place where a new one has its numbers, if the caller keeps them
   * @throws {Error} if a label is not one of the metric's
   */
  series(labels: LabelValues<L>, place?: Place): S {
    let series = this.find(labels);
    if (!series) {
      const names: readonly string[] = this.labelNames;
      const unknown = Object.keys(labels).find((name) => !names.includes(name));
      if (unknown !== undefined) throw new Error(`${this.name} has no label ${unknown}`);
      const ordered: Record<string, string | number> = {};
      for (const name of this.labelNames) {
        const value = labels[name];
        if (value !== undefined) ordered[name] = value;
      }
      series = this.make(ordered, place);
      // What is collected was counted before it had a series.
      if (this.collect) series.madeAt = 0;
      this.#byLabels.set(this.#keyOf(labels), series);
      this.#fresh.push(series);
    }
    return series;
  }

  /** The series with these labels, if there is one. */
  find(labels: LabelValues<L>): S | undefined {
    return this.#byLabels.get(this.#keyOf(labels));
  }

  #keyOf(labels: LabelValues<L>): string {
    return this.labelNames.map((name) => labels[name] ?? '').join('\n');
  }

  /** All series, in the order in which they came. */
  get all(): Iterable<S> {
    return this.#byLabels.values();
  }

  /** The series that are new since the last call. */
  takeNew(): S[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  clear(): void {
    this.#byLabels.clear();
    this.#fresh = [];
  }
}

/** Series in a block: few enough that printing one anew is quick, and enough that a page has few blocks. */
const BLOCK_SIZE = 128;

/** Series whose values are in one array, and which a format prints one after the other. */
export class Block {
  readonly series: Value[] = [];
  /** Where their values are in the array. */
  readonly slots: number[] = [];

  constructor(readonly values: Float64Array) {}
}

/** A series that is one number. */
export class Value implements Series {
  madeAt = Math.round(performance.now());
  readonly #values: Float64Array;
  readonly #slot: number;

  constructor(
    readonly labels: Series['labels'],
    { values, series, slots }: Block,
    slot: number,
  ) {
    this.#values = values;
    this.#slot = slot;
    series.push(this);
    slots.push(slot);
  }

  get value(): number {
    return this.#values[this.#slot] ?? NaN;
  }

  set value(value: number) {
    this.#values[this.#slot] = value;
  }

  /** @param count a finite number, of at least 0 if it is a counter's */
  inc(count = 1): void {
    this.#values[this.#slot] = (this.#values[this.#slot] ?? NaN) + count;
  }

  get numbers(): readonly number[] {
    return [this.value];
  }

  set numbers([value = NaN]: readonly number[]) {
    this.value = value;
  }
}

abstract class Values<L extends string> extends MetricOf<L, Value, { block: Block; slot: number }> {
  #blocks: Block[] = [];
  #last: Block | undefined;

  constructor(options: MetricOptions<L>) {
    super(options);
    if (this.labelNames.length === 0) this.series({}); // there is one from the beginning
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  override clear(): void {
    super.clear();
    this.#blocks = [];
    this.#last = undefined;
  }

  /** A block for series whose values the caller keeps in this array. */
  blockIn(values: Float64Array): Block {
    const block = new Block(values);
    this.#blocks.push(block);
    return block;
  }

  protected override make(labels: Series['labels'], place = this.#next()): Value {
    return new Value(labels, place.block, place.slot);
  }

  #next(): { block: Block; slot: number } {
    if (!this.#last || this.#last.series.length === this.#last.values.length) {
      this.#last = this.blockIn(new Float64Array(this.labelNames.length === 0 ? 1 : BLOCK_SIZE));
    }
    return { block: this.#last, slot: this.#last.series.length };
  }

  inc(count?: number): void;
  inc(labels: LabelValues<L>, count?: number): void;
  inc(labels: LabelValues<L> | number = 1, count = 1): void {
    if (typeof labels === 'number') this.series({}).inc(labels);
    else this.series(labels).inc(count);
  }
}

export class Counter<L extends string = never> extends Values<L> {
  readonly type = 'counter';
}

export class Gauge<L extends string = never> extends Values<L> {
  readonly type = 'gauge';

  set(value: number): void;
  set(labels: LabelValues<L>, value: number): void;
  set(labels: LabelValues<L> | number, value = 0): void {
    if (typeof labels === 'number') this.series({}).value = labels;
    else this.series(labels).value = value;
  }

  dec(labels: LabelValues<L> = {}): void {
    this.series(labels).inc(-1);
  }
}

/** A series of a histogram. */
export class Distribution implements Series {
  madeAt = Math.round(performance.now());
  /** By bucket, +Inf's last: the values that are not in a lower bucket. Behind them, the sum of the values. */
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
   * Adds values that are counted already. The native part has them at the upper bounds of their buckets, those of +Inf's at
   * its lower bound.
   *
   * @param counts by bucket, not cumulative, +Inf's last
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
  readonly #isNative: boolean;

  /** @param isNative whether it has a native histogram too, which only protobuf shows */
  constructor({
    buckets,
    isNative = false,
    ...options
  }: MetricOptions<L> & { buckets: readonly number[]; isNative?: boolean }) {
    super(options);
    this.buckets = new Buckets(buckets);
    this.#isNative = isNative;
    if (this.labelNames.length === 0) this.series({});
  }

  protected override make(labels: Series['labels'], counts?: Float64Array): Distribution {
    return new Distribution(labels, this.buckets, counts, this.#isNative ? new NativeHistogram() : undefined);
  }

  observe(labels: LabelValues<L>, value: number): void {
    this.series(labels).observe(value);
  }
}
