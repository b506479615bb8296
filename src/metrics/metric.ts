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
  /** When it began to count, in whole milliseconds after the start of the process. */
  madeAt: number;
  /** What it counts, which may be changed. A histogram's begin with its `counts`. */
  numbers: readonly number[];
}

const NAME = /^[A-Za-z_:][\w:]*$/;

/** What the metrics of all types have: a name, and series by their labels. */
export abstract class MetricOf<L extends string, S extends Series, Place> {
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
