import { keyOf, type Past, REFUSALS } from './past.js';
import type { Labels, Scrapes } from './scrapes.js';

const BY = ['source', 'reason'];

/** The last increase of each counter of refusals, in milliseconds since the epoch, from the history and from scrapes. */
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

  /** The time of the last increase; undefined if unknown. */
  timeOf(name: string, labels: Labels): number | undefined {
    return this.times.get(keyOf(name, labels, BY));
  }
}
