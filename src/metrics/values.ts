// Metrics with one number per series: counters and gauges.
import { type LabelValues, MetricOf, type MetricOptions, type Series } from './metric.js';

/** Series in a block: few enough to rebuild its lines quickly, and enough to keep the number of blocks low. */
const BLOCK_SIZE = 128;

/** Series that share one array of values, and are printed together. */
export class Block {
  readonly series: Value[] = [];
  /** The indices of their values in the array. */
  readonly slots: number[] = [];

  constructor(readonly values: Float64Array) {}
}

/** A series with a single number. */
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

  /** @param count a finite number, at least 0 for a counter */
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
    if (this.labelNames.length === 0) this.series({}); // without labels, the only series exists from the beginning
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  override clear(): void {
    super.clear();
    this.#blocks = [];
    this.#last = undefined;
  }

  /** Creates a block for series whose values are in the caller's array. */
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
