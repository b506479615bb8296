// The text format, version 0.0.4, exactly as prom-client prints it:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { Registry } from 'prom-client';

export type LabelValues<L extends string = string> = Partial<Record<L, string | number>>;

/** A metric that prints itself. */
export interface Printing {
  print(): string;
}

/** How prom-client prints a metric; it does not declare the method. */
const printed: (metric: object) => Promise<string> = Reflect.get(Registry.prototype, 'getMetricsAsString');

/** A registry that lets metrics print themselves that can, and prints the others as prom-client does. */
export class PrintingRegistry extends Registry {
  async getMetricsAsString(metric: object): Promise<string> {
    return 'print' in metric && typeof metric.print === 'function'
      ? metric.print()
      : printed.call(this, metric);
  }
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

/** A number that is not NaN. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value < 0 ? '-Inf' : '+Inf';
}

function valueText(value: string | number | undefined): string {
  return typeof value === 'string' ? escaped(value).replaceAll('"', '\\"') : String(value);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
