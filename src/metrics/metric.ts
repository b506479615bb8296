// Metrics and their series. A series is found by its labels once and then held, so that counting is an addition in a typed
// array. They know nothing of the formats in which they are printed.

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
  /** What it counts, which may be changed. */
  numbers: readonly number[];
}

const NAME = /^[A-Za-z_:][\w:]*$/;

/** What the metrics of all types have: a name, and series by their labels. */
abstract class MetricOf<L extends string, S extends Series> {
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

  protected abstract make(labels: Series['labels']): S;

  /**
   * The series with these labels, to be held and moved without looking it up. It is printed from now on.
   *
   * @throws {Error} if a label is not one of the metric's
   */
  series(labels: LabelValues<L>): S {
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
      series = this.make(ordered);
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

/** The values of some series, which a format prints one after the other. */
export interface Block {
  readonly values: Float64Array;
  readonly series: Value[];
}

/** A series that is one number. */
export class Value implements Series {
  readonly #values: Float64Array;
  readonly #slot: number;

  constructor(
    readonly labels: Series['labels'],
    { values, series }: Block,
  ) {
    this.#values = values;
    this.#slot = series.push(this) - 1;
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

abstract class Values<L extends string> extends MetricOf<L, Value> {
  #blocks: Block[] = [];

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
  }

  protected override make(labels: Series['labels']): Value {
    let block = this.#blocks.at(-1);
    if (!block || block.series.length === block.values.length) {
      block = { values: new Float64Array(this.labelNames.length === 0 ? 1 : BLOCK_SIZE), series: [] };
      this.#blocks.push(block);
    }
    return new Value(labels, block);
  }

  inc(labels: LabelValues<L> = {}, count = 1): void {
    this.series(labels).inc(count);
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
  /** By bucket, +Inf's last: the values that are not in a lower bucket. Behind them, the sum of the values. */
  readonly counts: Float64Array;

  /** @param bounds upper bounds of the buckets, rising, without +Inf */
  constructor(
    readonly labels: Series['labels'],
    readonly bounds: Float64Array,
  ) {
    this.counts = new Float64Array(bounds.length + 2);
  }

  get sum(): number {
    return this.counts.at(-1) ?? NaN;
  }

  /** @param value a finite number */
  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? NaN)) bucket++;
    counts[bucket] = (counts[bucket] ?? NaN) + 1;
    counts[bounds.length + 1] = (counts[bounds.length + 1] ?? NaN) + value;
  }

  /**
   * Adds values that are counted already.
   *
   * @param counts by bucket, not cumulative, +Inf's last
   * @param sum of the values
   */
  add(counts: ArrayLike<number>, sum: number): void {
    const { bounds } = this;
    for (let i = 0; i <= bounds.length; i++) this.counts[i] = (this.counts[i] ?? NaN) + (counts[i] ?? 0);
    this.counts[bounds.length + 1] = this.sum + sum;
  }

  get numbers(): readonly number[] {
    return [...this.counts];
  }

  set numbers(numbers: readonly number[]) {
    this.counts.set(numbers);
  }
}

export class Histogram<L extends string = never> extends MetricOf<L, Distribution> {
  readonly type = 'histogram';
  readonly bounds: Float64Array;

  constructor({ buckets, ...options }: MetricOptions<L> & { buckets: readonly number[] }) {
    super(options);
    this.bounds = Float64Array.from(buckets);
    if (this.labelNames.length === 0) this.series({});
  }

  protected override make(labels: Series['labels']): Distribution {
    return new Distribution(labels, this.bounds);
  }

  observe(labels: LabelValues<L>, value: number): void {
    this.series(labels).observe(value);
  }
}
