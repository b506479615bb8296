import { braced, head, type LabelValues, numberText, type Page, type Printing } from '../metrics/print.js';

/** A metric of the process, and where in a reading `R` its values are. */
export interface Description<R> {
  name: string;
  help: string;
  type?: 'counter' | 'gauge';
  /** The labels of the only series. */
  labels?: LabelValues;
  /** The label that tells several series apart. */
  label?: string;
  /** The value, or one for each value of the label; undefined where the system does not tell. */
  read: (reading: R) => number | undefined | ReadonlyMap<string, number>;
}

/** A metric whose values are those of the moment in which it is asked for. */
export class ProcessMetric<R> implements Printing {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator = 'sum';
  private readonly head: string;
  /** The beginnings of the lines, by the value of the label. */
  private readonly prefixes = new Map<string, string>();

  constructor(
    private readonly description: Description<R>,
    private readonly read: () => R,
  ) {
    this.name = description.name;
    this.help = description.help;
    this.type = description.type ?? 'gauge';
    this.head = head(this);
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = [...this.values()].map(([key, value]) => ({ value, labels: this.labels(key) }));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  /** There is nothing to forget. */
  reset(): void {}

  print(page: Page): void {
    let text = this.head;
    for (const [key, value] of this.values()) text += this.prefix(key) + numberText(value);
    page.text(text);
  }

  /** By the value of the label, or of no label. */
  private values(): Iterable<readonly [string, number]> {
    const values = this.description.read(this.read());
    if (values === undefined) return [];
    return typeof values === 'number' ? [['', values]] : values;
  }

  private labels(key: string): LabelValues {
    const { label, labels = {} } = this.description;
    return label === undefined ? labels : { [label]: key };
  }

  private prefix(key: string): string {
    let prefix = this.prefixes.get(key);
    if (prefix === undefined) {
      prefix = `\n${this.name}${braced(this.labels(key))} `;
      this.prefixes.set(key, prefix);
    }
    return prefix;
  }
}
