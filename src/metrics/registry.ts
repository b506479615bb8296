import type { Histogram } from './histogram.js';
import type { Counter, Gauge } from './values.js';

/** A metric of any type, with any labels. */
export type AnyMetric = Counter<string> | Gauge<string> | Histogram<string>;

/** The metrics of one application: two applications in a process share none. */
export class Registry {
  readonly #metrics = new Map<string, AnyMetric>();

  /** @throws {Error} if a metric of that name is already registered */
  register<M extends AnyMetric>(metric: M): M {
    if (this.#metrics.has(metric.name)) throw new Error(`There is a metric ${metric.name} already`);
    this.#metrics.set(metric.name, metric);
    return metric;
  }

  get(name: string): AnyMetric | undefined {
    return this.#metrics.get(name);
  }

  [Symbol.iterator](): Iterator<AnyMetric> {
    return this.#metrics.values();
  }
}
