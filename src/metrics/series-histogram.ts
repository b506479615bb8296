// A prom-client Histogram whose series can be held, for the reasons that series-counter.ts gives.
import { Histogram } from 'prom-client';
import { braced, hashOf, head, type LabelValues, numberText, type Page, type Printing } from './print.js';

interface Values {
  labels: LabelValues;
  /** By upper bound: the observations that are not in a lower bucket. */
  bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/** One series of a SeriesHistogram. It may be held for ever: after a `reset` it is shown again when it is observed. */
export class HistogramSeries implements Values {
  /** The sum and the count, in one array: V8 would make a new number for each sum that a field gets. */
  readonly #totals = new Float64Array(2);
  /** What prom-client reads and writes of the counts below. */
  readonly bucketValues: Record<string, number> = {};
  /** By bucket: the observations that are not in a lower one. */
  readonly #counts: Float64Array;
  readonly #upperBounds: Float64Array;
  readonly #show: (series: HistogramSeries) => void;
  /** The beginnings of its lines, up to the number. */
  readonly #prefixes: readonly string[];
  #printed = -1;
  #lines = '';

  /**
   * @param hash prom-client's key of the series
   * @param show called whenever it is observed and may not be shown
   */
  constructor(
    readonly hash: string,
    readonly labels: LabelValues,
    name: string,
    upperBounds: readonly number[],
    show: (series: HistogramSeries) => void,
  ) {
    const counts = new Float64Array(upperBounds.length);
    for (const [i, bound] of upperBounds.entries()) {
      Object.defineProperty(this.bucketValues, bound, {
        enumerable: true,
        get: () => counts[i],
        set: (count: number) => {
          counts[i] = count;
        },
      });
    }
    this.#counts = counts;
    this.#upperBounds = Float64Array.from(upperBounds);
    this.#show = show;
    this.#prefixes = [
      ...[...upperBounds, '+Inf'].map((le) => `\n${name}_bucket${braced({ le, ...labels })} `),
      `\n${name}_sum${braced(labels)} `,
      `\n${name}_count${braced(labels)} `,
    ];
  }

  get sum(): number {
    return this.#totals[0] ?? NaN;
  }

  set sum(sum: number) {
    this.#totals[0] = sum;
  }

  get count(): number {
    return this.#totals[1] ?? NaN;
  }

  set count(count: number) {
    this.#totals[1] = count;
  }

  /** @param value a finite number */
  observe(value: number): void {
    const totals = this.#totals;
    if (totals[1] === 0) this.#show(this);
    const bounds = this.#upperBounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] ?? NaN)) i++;
    if (i < bounds.length) this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    totals[0] = (totals[0] ?? NaN) + value;
    totals[1] = (totals[1] ?? NaN) + 1;
  }

  /** Goes on from what was observed past it. */
  take({ bucketValues, sum, count }: Values): void {
    this.#counts.set(this.#upperBounds.map((bound) => bucketValues[bound] ?? 0));
    this.sum = sum;
    this.count = count;
    this.#printed = -1;
  }

  clear(): void {
    this.take({ labels: this.labels, bucketValues: {}, sum: 0, count: 0 });
  }

  /** Its lines, which are kept until it moves. */
  print(): string {
    if (this.count !== this.#printed) {
      this.#lines = this.#printAnew();
      this.#printed = this.count;
    }
    return this.#lines;
  }

  #printAnew(): string {
    let text = '';
    let below = 0;
    let line = 0;
    for (const count of this.#counts) {
      below += count;
      text += `${this.#prefixes[line++]}${below}`;
    }
    for (const value of [this.count, this.sum, this.count]) {
      text += `${this.#prefixes[line++]}${numberText(value)}`;
    }
    return text;
  }
}

export class SeriesHistogram<L extends string = string> extends Histogram<L> implements Printing {
  // What prom-client's metrics have, but do not declare.
  declare protected readonly name: string;
  declare protected readonly help: string;
  declare protected readonly sortedLabelNames: readonly L[];
  declare protected readonly upperBounds: readonly number[];
  declare protected readonly hashMap: Record<string, Values>;

  /** All series that were ever held or printed, by prom-client's key. */
  readonly #known = new Map<string, HistogramSeries>();

  /** The series with these labels, to be observed without looking it up. It is shown from now on. */
  series(labels: LabelValues<L>): HistogramSeries {
    return this.#seriesOf(hashOf(labels, this.sortedLabelNames), labels);
  }

  override zero(labels: LabelValues<L>): void {
    super.zero(labels);
    this.#clearHidden();
  }

  override reset(): void {
    super.reset();
    if (#known in this) this.#clearHidden(); // prom-client calls this from its constructor too, before there is anything
  }

  override remove(...labels: string[] | [LabelValues<L>]): void {
    const [first] = labels;
    if (typeof first === 'object') super.remove(first);
    else super.remove(...labels.map(String));
    this.#clearHidden();
  }

  print(page: Page): void {
    page.text(head({ name: this.name, help: this.help, type: 'histogram' }));
    for (const [hash, values] of Object.entries(this.hashMap)) {
      page.text(this.#seriesOf(hash, values.labels).print());
    }
  }

  #seriesOf(hash: string, labels: LabelValues): HistogramSeries {
    let series = this.#known.get(hash);
    if (!series) {
      series = new HistogramSeries(hash, labels, this.name, this.upperBounds, this.#show);
      this.#known.set(hash, series);
    }
    this.#show(series);
    return series;
  }

  /** Puts it where prom-client keeps its own, from which it takes over what was observed past it. */
  readonly #show = (series: HistogramSeries): void => {
    const shown = this.hashMap[series.hash];
    if (shown === series) return;
    if (shown) series.take(shown);
    this.hashMap[series.hash] = series;
  };

  /** Empties the series that prom-client has taken away, so that they begin at 0 when they are observed again. */
  #clearHidden(): void {
    for (const series of this.#known.values()) if (this.hashMap[series.hash] !== series) series.clear();
  }
}
