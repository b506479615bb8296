// The text format, version 0.0.4, exactly as prom-client prints it:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { Registry } from 'prom-client';

export type LabelValues<L extends string = string> = Partial<Record<L, string | number>>;

/** A page that is being printed, piece by piece. */
export class Page {
  readonly #pieces: Buffer[] = [];
  #text = '';

  text(text: string): void {
    this.#text += text;
  }

  bytes(bytes: Buffer): void {
    this.#finishText();
    this.#pieces.push(bytes);
  }

  /** A copy of all pieces, which may change afterwards. */
  toBuffer(): Buffer {
    this.#finishText();
    return Buffer.concat(this.#pieces);
  }

  #finishText(): void {
    if (this.#text !== '') this.#pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

/** A metric that prints itself: all its lines, without a line break at the end. */
export interface Printing {
  print(page: Page): void;
}

/** How prom-client prints a metric; it does not declare the method. */
const printed: (metric: object) => Promise<string> = Reflect.get(Registry.prototype, 'getMetricsAsString');

/** A registry that lets metrics print themselves that can, and prints the others as prom-client does. */
export class PrintingRegistry extends Registry {
  /**
   * All metrics: those that print themselves as they are at one moment, after the others.
   *
   * @param atThatMoment called in the same turn
   */
  async page(atThatMoment?: () => void): Promise<Buffer> {
    const metrics: object[] = this.getMetricsAsArray();
    const foreign = new Map<object, string>();
    const print = async (metric: object): Promise<unknown> =>
      foreign.set(metric, await printed.call(this, metric));
    await Promise.all(metrics.filter((metric) => !isPrinting(metric)).map(print));
    const page = new Page();
    atThatMoment?.();
    for (const [index, metric] of metrics.entries()) {
      if (index > 0) page.text('\n\n');
      if (isPrinting(metric)) metric.print(page);
      else page.text(foreign.get(metric) ?? '');
    }
    page.text('\n');
    return page.toBuffer();
  }

  override async metrics(): Promise<string> {
    const page = await this.page();
    return page.toString();
  }

  /** What prom-client's `getSingleMetricAsString` calls. */
  async getMetricsAsString(metric: object): Promise<string> {
    if (!isPrinting(metric)) return printed.call(this, metric);
    const page = new Page();
    metric.print(page);
    return page.toBuffer().toString();
  }
}

function isPrinting(metric: object): metric is Printing {
  return 'print' in metric && typeof metric.print === 'function';
}

/** The two lines above the samples of a metric. */
export function head({ name, help, type }: { name: string; help: string; type: string }): string {
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}`;
}

/** The key under which prom-client keeps a series. */
export function hashOf<L extends string>(labels: LabelValues<L>, sortedLabelNames: readonly L[]): string {
  return sortedLabelNames
    .filter((name) => labels[name] !== undefined)
    .map((name) => `${name}:${labels[name]},`)
    .join('');
}

/** Labels within their braces, or nothing if there are none. */
export function braced(labels: LabelValues): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${valueText(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

/** A number as prom-client writes it. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  return Number.isFinite(value) ? String(value) : value < 0 ? '-Inf' : '+Inf';
}

function valueText(value: string | number | undefined): string {
  return typeof value === 'string' ? escaped(value).replaceAll('"', '\\"') : String(value);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
