// A prom-client Counter whose series can be held.
//
// prom-client looks a series up by its labels for each event, and prints all labels anew for each scrape. Here, whoever
// counts often holds the series, and its line is kept until it moves. The series stand where prom-client keeps its own,
// so everything else is as it is there.
import { Counter } from 'prom-client';
import { braced, hashOf, head, type LabelValues, numberText, type Printing } from './print.js';

/** One series of a SeriesCounter. It may be held for ever: after a `reset` it is shown again when it is counted. */
export class CounterSeries {
  value = 0;
  readonly #prefix: string;
  readonly #show: (series: CounterSeries) => void;
  #printed = NaN;
  #line = '';

  constructor(
    name: string,
    readonly labels: LabelValues,
    show: (series: CounterSeries) => void,
  ) {
    this.#prefix = `\n${name}${braced(labels)} `;
    this.#show = show;
  }

  inc(): void {
    if (this.value === 0) this.#show(this); // only then it may have been taken away by a reset
    this.value += 1;
  }

  print(): string {
    if (this.value !== this.#printed) {
      this.#line = this.#prefix + numberText(this.value);
      this.#printed = this.value;
    }
    return this.#line;
  }
}

export class SeriesCounter<L extends string = string> extends Counter<L> implements Printing {
  // What prom-client's metrics have, but do not declare.
  declare protected readonly name: string;
  declare protected readonly help: string;
  declare protected readonly sortedLabelNames: readonly L[];
  declare protected readonly hashMap: Record<string, { value: number; labels: LabelValues<L> }>;

  /**
   * The series with these labels, to be counted without looking it up. It is shown from now on.
   *
   * @throws Error if a label is not one of the metric's
   */
  series(labels: LabelValues<L>): CounterSeries {
    this.inc(labels, 0);
    const hash = hashOf(labels, this.sortedLabelNames);
    const known = this.hashMap[hash];
    if (known instanceof CounterSeries) return known;
    const show = (series: CounterSeries): void => {
      const shown = this.hashMap[hash];
      if (shown !== series) series.value = shown?.value ?? 0;
      this.hashMap[hash] = series;
    };
    const series = new CounterSeries(this.name, labels, show);
    show(series);
    return series;
  }

  override reset(): void {
    // prom-client calls this from its constructor too, before there are any.
    for (const series of Object.values(this.hashMap ?? {})) series.value = 0;
    super.reset();
  }

  override remove(...labels: string[] | [LabelValues<L>]): void {
    const before = Object.values(this.hashMap);
    const [first] = labels;
    if (typeof first === 'object') super.remove(first);
    else super.remove(...labels.map(String));
    const after = new Set(Object.values(this.hashMap));
    for (const series of before) if (!after.has(series)) series.value = 0;
  }

  print(): string {
    let text = head({ name: this.name, help: this.help, type: 'counter' });
    for (const series of Object.values(this.hashMap)) {
      text +=
        series instanceof CounterSeries
          ? series.print()
          : `\n${this.name}${braced(series.labels)} ${numberText(series.value)}`;
    }
    return text;
  }
}
