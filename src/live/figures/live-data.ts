import { parseExposition } from './exposition.js';
import { type Figure, figuresOf, METRICS, trafficOf } from './figures.js';
import { keyOf, type Past, summed } from './past.js';
import { Refusals } from './refusals.js';
import { GAP, type Labels, RANGE, Scrapes } from './scrapes.js';
import { Timeline } from './timeline.js';

/** Expositions as they arrive → the figures of the last hour. A restart or a gap loses nothing of what was before. */
export class LiveData {
  readonly scrapes = new Scrapes();
  readonly timeline = new Timeline();
  readonly refusals = new Refusals();
  /** In the order of the exposition, which is that of the setting. One that vanished stays. */
  environments: readonly string[] = [];
  private figures = figuresOf([]);
  /** The last minute by fewer labels: what the service kept, and what came since, until `scrapes` has a minute. */
  private past = new Scrapes(true);
  /** Values of the labels that have lists. */
  private chosen: Labels = {};
  private chosenSince = -Infinity;

  /** From when on there are figures of all that is charted, in milliseconds since the epoch; NaN while there are none. */
  get beginning(): number {
    return Math.max(this.timeline.times[0] ?? NaN, this.chosenSince);
  }

  /** What rates without these labels are computed from: whichever reaches back further. */
  get sums(): Scrapes {
    return this.past.range > this.scrapes.range ? this.past : this.scrapes;
  }

  /**
   * Adds what the service kept, as far as it is newer than what was added before.
   *
   * @param time at which it was asked for, in milliseconds since the epoch
   */
  addPast(time: number, { ages, series, refusals }: Past): void {
    this.startAnewIfSetBack(time);
    this.past = new Scrapes(true);
    const keys = series.map(({ name, labels }) => keyOf(name, labels));
    for (const [sample, age] of ages.entries()) {
      const samples = series.map(({ name, labels, values }, i) => {
        return { series: keys[i] ?? '', name, labels, value: values[sample] ?? NaN };
      });
      this.past.add(time - age, samples);
      const last = this.timeline.times.at(-1) ?? -Infinity;
      if (time - age > last && age > 0) this.append(time - age, this.past);
    }
    this.refusals.addPast(time, refusals);
  }

  /**
   * @param time at which the exposition was asked for, in milliseconds since the epoch
   * Throws where the text is no exposition.
   */
  add(time: number, exposition: string): void {
    const samples = parseExposition(exposition, (name) => METRICS.has(name));
    this.startAnewIfSetBack(time);
    this.scrapes.add(time, samples);
    this.refusals.add(time, this.scrapes);
    if (this.past.range >= 0 && this.scrapes.range < RANGE) this.past.add(time, summed(samples));
    this.append(time, this.sums);
    this.timeline.set(this.timeline.length - 1, valuesOf(this.figuresOfChosen(), this.scrapes));
  }

  /** Charts the traffic of these label values too, from the last minute on: the service keeps none of it. */
  choose(chosen: Labels): void {
    this.timeline.forget(this.figuresOfChosen().map(({ expression }) => expression));
    this.chosen = chosen;
    this.chosenSince = this.figuresOfChosen().length > 0 ? this.scrapes.start : -Infinity;
    for (const [row, time] of this.timeline.times.entries()) {
      const scrapes = this.scrapes.at(time, chosen);
      if (scrapes) this.timeline.set(row, valuesOf(this.figuresOfChosen(), scrapes));
    }
  }

  private startAnewIfSetBack(time: number): void {
    if (time > (this.timeline.times.at(-1) ?? -Infinity)) return;
    // The clock was set back: what was collected has times that are yet to come.
    this.timeline.clear();
    this.scrapes.clear();
    this.past.clear();
  }

  /** Adds the figures of a time, and before it, where there was a gap, none. */
  private append(time: number, sums: Scrapes): void {
    const present = sums.latest('response_code').flatMap(([{ env }]) => env ?? []);
    const environments = [...new Set([...this.environments, ...present])];
    if (environments.length > this.environments.length) this.figures = figuresOf(environments);
    this.environments = environments;
    const last = this.timeline.times.at(-1);
    if (last !== undefined && time - last > GAP) this.timeline.add(last + 1, new Map());
    this.timeline.add(time, valuesOf(this.figures, sums));
  }

  private figuresOfChosen(): Figure[] {
    return Object.keys(this.chosen).length === 0 ? [] : trafficOf(this.environments, this.chosen);
  }
}

function valuesOf(figures: readonly Figure[], scrapes: Scrapes): Map<string, number> {
  return new Map(figures.map(({ expression, value }) => [expression, value(scrapes)]));
}
