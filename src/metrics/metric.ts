// Metrics and their series, independent of exposition formats. Callers look up a series by its labels once and keep it, so
// that counting is an addition in a typed array.

/** Label values by name. Missing labels are not printed. */
export type LabelValues<L extends string = string> = { [Name in L]?: string | number };

export interface MetricOptions<L extends string> {
  name: string;
  help: string;
  /** In printing order. */
  labelNames?: readonly L[];
  /** Updates the series; called before they are printed. */
  collect?: () => void;
}

export interface Series {
  readonly labels: Readonly<Record<string, string | number>>;
  /** When it was created, in whole milliseconds after the start of the process. */
  madeAt: number;
  /** Its current numbers, which can be set. Those of a histogram begin with its `counts`. */
  numbers: readonly number[];
}

const NAME = /^[A-Za-z_:][\w:]*$/;

/** The base of all metric types: a name, and series by their labels. */
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
   * The series with these labels, created if necessary. Callers may keep it, to count without a lookup. It is printed from now on.
   *
   * @param place memory for the numbers of a new series, if the caller provides it
   * @throws {Error} if the metric has no such label
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
      // Collected values were counted before their series existed.
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

  /** All series, in the order of their creation. */
  get all(): Iterable<S> {
    return this.#byLabels.values();
  }

  /** The series that were created since the last call. */
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
