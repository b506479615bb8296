import { parseExposition } from './exposition.js';
import { type Figure, figuresOf, METRICS, trafficOf } from './figures.js';
import { keyOf, type Past, summed } from './past.js';
import { Refusals } from './refusals.js';
import { GAP, type Labels, RANGE, Scrapes } from './scrapes.js';
import { Timeline } from './timeline.js';

/** Expositions as they arrive → the figures of the last hour. Earlier figures survive a restart of the service or a gap. */
export class LiveData {
  readonly scrapes = new Scrapes();
  readonly timeline = new Timeline();
  readonly refusals = new Refusals();
  /** In the order of the exposition, which is the order of the setting. Environments that disappear are kept. */
  environments: readonly string[] = [];
  private figures = figuresOf([]);
  /** The last minute by fewer labels: the service's history and later scrapes, until `scrapes` covers a minute. */
  private past = new Scrapes(true);
  /** Chosen values of labels with lists. */
  private chosen: Labels = {};
  private chosenSince = -Infinity;

  /** The time of the first figures in all charts, in milliseconds since the epoch; NaN without any. */
  get beginning(): number {
    return Math.max(this.timeline.times[0] ?? NaN, this.chosenSince);
  }

  /** The scrapes for rates without these labels: those that reach back further. */
  get sums(): Scrapes {
    return this.past.range > this.scrapes.range ? this.past : this.scrapes;
  }

  /**
   * Adds the part of the service's history that is newer than the figures so far.
   *
   * @param time of the request, in milliseconds since the epoch
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
   * @param time of the request, in milliseconds since the epoch
   * @throws {Error} if the text is not an exposition
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

  /** Also charts the traffic of these label values, from the last minute on, because the service's history lacks it. */
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
    // The clock was set back, so the collected times are in the future.
    this.timeline.clear();
    this.scrapes.clear();
    this.past.clear();
  }

  /** Adds the figures of a time, after an empty row if there was a gap. */
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
