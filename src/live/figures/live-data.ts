import { parseExposition } from './exposition.js';
import { figuresOf, METRICS } from './figures.js';
import { GAP, Scrapes } from './scrapes.js';
import { Timeline } from './timeline.js';

/** Expositions as they arrive → the figures of the last hour. A restart or a gap loses nothing of what was before. */
export class LiveData {
  readonly scrapes = new Scrapes();
  readonly timeline = new Timeline();
  /** In the order of the exposition, which is that of the setting. One that vanished stays. */
  environments: readonly string[] = [];

  /**
   * @param time at which the exposition was asked for, in milliseconds since the epoch
   * Throws where the text is no exposition.
   */
  add(time: number, exposition: string): void {
    const samples = parseExposition(exposition, (name) => METRICS.has(name));
    const last = this.timeline.times.at(-1);
    if (last !== undefined && time <= last) {
      // The browser's clock was set back: what was collected has times that are yet to come.
      this.timeline.clear();
      this.scrapes.clear();
    } else if (last !== undefined && time - last > GAP) this.timeline.add(last + 1, new Map());
    this.scrapes.add(time, samples);
    const present = this.scrapes.latest('response_code').flatMap(([{ env }]) => env ?? []);
    this.environments = [...new Set([...this.environments, ...present])];
    const figures = figuresOf(this.environments);
    this.timeline.add(
      time,
      new Map(figures.map(({ expression, value }) => [expression, value(this.scrapes)])),
    );
  }
}
