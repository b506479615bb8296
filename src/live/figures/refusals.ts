import { keyOf, type Past, REFUSALS } from './past.js';
import type { Labels, Scrapes } from './scrapes.js';

const BY = ['source', 'reason'];

/** When counters of refusals rose last, in milliseconds since the epoch: the service knows, and the page sees it. */
export class Refusals {
  private readonly times = new Map<string, number>();
  private readonly values = new Map<string, number>();

  addPast(time: number, refusals: Past['refusals']): void {
    for (const { name, labels, age } of refusals) this.times.set(keyOf(name, labels, BY), time - age);
  }

  add(time: number, scrapes: Scrapes): void {
    for (const name of REFUSALS) {
      for (const [labels, value] of scrapes.latest(name)) {
        const key = keyOf(name, labels, BY);
        const before = this.values.get(key) ?? value;
        if (value > 0 && value !== before) this.times.set(key, time);
        this.values.set(key, value);
      }
    }
  }

  /** Undefined if that is not known. */
  timeOf(name: string, labels: Labels): number | undefined {
    return this.times.get(keyOf(name, labels, BY));
  }
}
