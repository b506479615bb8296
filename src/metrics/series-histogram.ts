// A prom-client Histogram whose series can be held, for the reasons that series-counter.ts gives.
import { Histogram } from 'prom-client';
import { braced, hashOf, head, type LabelValues, numberText, type Printing } from './print.js';

interface Values {
  labels: LabelValues;
  /** By upper bound: the observations that are not in a lower bucket. */
  bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/** One series of a SeriesHistogram. It may be held for ever: after a `reset` it is shown again when it is observed. */
export class HistogramSeries implements Values {
  sum = 0;
  count = 0;
  /** What prom-client reads and writes of the counts below. */
  readonly bucketValues: Record<string, number> = {};
  /** By bucket: the observations that are not in a lower one. */
  readonly #counts: Float64Array;
  readonly #show: (series: HistogramSeries) => void;
  #printed = -1;
  #lines = '';

  constructor(
    private readonly name: string,
    private readonly upperBounds: readonly number[],
    readonly labels: LabelValues,
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
    this.#show = show;
  }

  /** @param value a finite number */
  observe(value: number): void {
    if (this.count === 0) this.#show(this);
    const bounds = this.upperBounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] ?? NaN)) i++;
    if (i < bounds.length) this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }

  /** Goes on from what was observed past it. */
  take({ bucketValues, sum, count }: Values): void {
    this.#counts.set(this.upperBounds.map((bound) => bucketValues[bound] ?? 0));
    this.sum = sum;
    this.count = count;
    this.#printed = -1;
  }

  clear(): void {
    this.take({ labels: this.labels, bucketValues: {}, sum: 0, count: 0 });
  }

  print(): string {
    if (this.count !== this.#printed) {
      this.#lines = lines(this.name, this.upperBounds, this);
      this.#printed = this.count;
    }
    return this.#lines;
  }
}

export class SeriesHistogram<L extends string = string> extends Histogram<L> implements Printing {
  // What prom-client's metrics have, but do not declare.
  declare protected readonly name: string;
  declare protected readonly help: string;
  declare protected readonly sortedLabelNames: readonly L[];
  declare protected readonly upperBounds: readonly number[];
  declare protected readonly hashMap: Record<string, Values>;

  /** The series with these labels, to be observed without looking it up. It is shown from now on. */
  series(labels: LabelValues<L>): HistogramSeries {
    const hash = hashOf(labels, this.sortedLabelNames);
    const known = this.hashMap[hash];
    if (known instanceof HistogramSeries) return known;
    const show = (series: HistogramSeries): void => {
      const shown = this.hashMap[hash];
      if (shown && shown !== series) series.take(shown);
      this.hashMap[hash] = series;
    };
    const series = new HistogramSeries(this.name, this.upperBounds, labels, show);
    show(series);
    return series;
  }

  override zero(labels: LabelValues<L>): void {
    this.dropping(() => super.zero(labels));
  }

  override reset(): void {
    this.dropping(() => super.reset());
  }

  override remove(...labels: string[] | [LabelValues<L>]): void {
    const [first] = labels;
    this.dropping(() =>
      typeof first === 'object' ? super.remove(first) : super.remove(...labels.map(String)),
    );
  }

  print(): string {
    let text = head({ name: this.name, help: this.help, type: 'histogram' });
    for (const values of Object.values(this.hashMap)) {
      text += values instanceof HistogramSeries ? values.print() : lines(this.name, this.upperBounds, values);
    }
    return text;
  }

  /** Empties the held series that a change takes away. */
  private dropping(change: () => void): void {
    // prom-client resets in its constructor, before there are any.
    const before = Object.values(this.hashMap ?? {});
    change();
    const after = new Set(Object.values(this.hashMap));
    for (const values of before) if (values instanceof HistogramSeries && !after.has(values)) values.clear();
  }
}

/** The lines of a series: its buckets, which add up, its sum and its count. */
function lines(
  name: string,
  upperBounds: readonly number[],
  { labels, bucketValues, sum, count }: Values,
): string {
  let below = 0;
  let text = '';
  for (const bound of upperBounds) {
    below += bucketValues[bound] ?? 0;
    text += `\n${name}_bucket${braced({ le: bound, ...labels })} ${below}`;
  }
  text += `\n${name}_bucket${braced({ le: '+Inf', ...labels })} ${count}`;
  return `${text}\n${name}_sum${braced(labels)} ${numberText(sum)}\n${name}_count${braced(labels)} ${count}`;
}
