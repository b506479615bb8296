// A prom-client Counter whose series can be held.
//
// prom-client looks a series up by its labels for each event, and prints all labels anew for each scrape. Here, whoever
// counts often holds the series, and its line is kept. What stands where prom-client keeps its series are these, so
// everything else is as it is there.
import { Counter, type CounterConfiguration } from 'prom-client';
import { CounterBlock } from './counter-block.js';
import { braced, head, type LabelValues, type Page, type Printing } from './print.js';

/** Where the count of a series stands that is not shown: it is 0, and stays so. */
const NOWHERE = new Float64Array(1);

/** One series of a SeriesCounter. It may be held for ever: after a `reset` it is shown again when it is counted. */
export class CounterSeries {
  #values: Float64Array = NOWHERE;
  #slot = 0;
  readonly #show: (series: CounterSeries) => void;

  /**
   * @param hash prom-client's key of the series
   * @param show called whenever it is counted and may not be shown
   */
  constructor(
    readonly hash: string,
    readonly labels: LabelValues,
    show: (series: CounterSeries) => void,
  ) {
    this.#show = show;
  }

  get value(): number {
    return this.#values[this.#slot] ?? NaN;
  }

  set value(value: number) {
    this.#values[this.#slot] = value;
  }

  /** @param count a finite number of at least 0 */
  inc(count = 1): void {
    const value = this.#values[this.#slot] ?? NaN;
    if (value === 0) this.#show(this); // it may be nowhere
    this.#values[this.#slot] = value + count;
  }

  moveTo(values: Float64Array, slot: number): void {
    values[slot] = this.value;
    this.#values = values;
    this.#slot = slot;
  }

  hide(): void {
    this.#values = NOWHERE;
    this.#slot = 0;
  }
}

interface Values<L extends string> {
  value: number;
  labels: LabelValues<L>;
}

/** What counts for prom-client's `inc`, which does not declare it; ours is called in its place. */
const counted: (this: object, labels: unknown, value: unknown) => { labelHash: string } = Reflect.get(
  Counter.prototype,
  'incWithoutExemplar',
);

export class SeriesCounter<L extends string = string> extends Counter<L> implements Printing {
  // What prom-client's metrics have, but do not declare.
  declare protected readonly name: string;
  declare protected readonly help: string;
  declare protected readonly sortedLabelNames: readonly L[];
  declare protected hashMap: Record<string, Values<L>>;

  /** All series that there ever were, by prom-client's key. */
  readonly #known = new Map<string, CounterSeries>();
  #blocks: CounterBlock[] = [];

  constructor(configuration: CounterConfiguration<L>) {
    super(configuration);
    this.#adoptAll(); // without labels, there is one from the beginning
  }

  /**
   * The series with these labels, to be counted without looking it up. It is shown from now on.
   *
   * @throws Error if a label is not one of the metric's
   */
  series(labels: LabelValues<L>): CounterSeries {
    const { labelHash } = this.incWithoutExemplar(labels, 0);
    return this.#seriesOf(labelHash, labels);
  }

  override async get(): ReturnType<Counter<L>['get']> {
    const all = await super.get();
    return { ...all, values: all.values.map(({ value, labels }) => ({ value, labels })) };
  }

  override reset(): void {
    super.reset();
    if (!(#known in this)) return; // prom-client calls this from its constructor too, before there is anything
    for (const series of this.#known.values()) series.hide();
    this.#blocks = [];
    this.#adoptAll();
  }

  override remove(...labels: string[] | [LabelValues<L>]): void {
    const [first] = labels;
    if (typeof first === 'object') super.remove(first);
    else super.remove(...labels.map(String));
    this.#blocks = [];
    for (const [hash, series] of this.#known) {
      if (this.hashMap[hash] === series) this.#place(series);
      else series.hide();
    }
  }

  print(page: Page): void {
    page.text(head({ name: this.name, help: this.help, type: 'counter' }));
    for (const block of this.#blocks) page.bytes(block.print());
  }

  protected incWithoutExemplar(labels: unknown, value: unknown): { labelHash: string } {
    const result = counted.call(this, labels, value);
    this.#adopt(result.labelHash);
    return result;
  }

  /** Puts a series of ours in the place of the one that prom-client has just made. */
  #adopt(hash: string): void {
    const made = this.hashMap[hash];
    if (!made || made instanceof CounterSeries) return;
    const series = this.#seriesOf(hash, made.labels);
    this.#show(series);
    series.value = made.value;
  }

  #adoptAll(): void {
    for (const hash of Object.keys(this.hashMap)) this.#adopt(hash);
  }

  #seriesOf(hash: string, labels: LabelValues<L>): CounterSeries {
    let series = this.#known.get(hash);
    if (!series) {
      series = new CounterSeries(hash, labels, this.#show);
      this.#known.set(hash, series);
    }
    return series;
  }

  readonly #show = (series: CounterSeries): void => {
    if (this.hashMap[series.hash] === series) return;
    this.hashMap[series.hash] = series;
    this.#place(series);
  };

  #place(series: CounterSeries): void {
    let block = this.#blocks.at(-1);
    if (!block || block.full) {
      block = new CounterBlock();
      this.#blocks.push(block);
    }
    series.moveTo(block.values, block.add(`\n${this.name}${braced(series.labels)} `));
  }
}
