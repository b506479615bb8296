import type { Sample } from './exposition.js';
import { rate } from './rate.js';

/** The range of the page's rates, in milliseconds. */
export const RANGE = 60_000;

/** Milliseconds between two scrapes after which earlier scrapes are dropped. */
export const GAP = 10_000;

interface Series {
  name: string;
  labels: Readonly<Record<string, string>>;
  times: number[];
  values: number[];
}

export type Labels = Readonly<Record<string, string>>;

/**
 * The scrapes of the last minute, with PromQL's selectors and rate(). The range is shorter than a minute until there are
 * scrapes of a minute without a gap, so that the first rates are not too low.
 */
export class Scrapes {
  private readonly series = new Map<string, Series>();
  private rates = new Map<Series, number>();
  private begun = 0;
  private times: number[] = [];
  private end = -Infinity;

  /** @param uneven whether scrape intervals vary much; rates then cover exactly the time from the first to the last scrape */
  constructor(private readonly uneven = false) {}

  /**
   * Adds a scrape. A series that the previous scrape did not have was 0 then.
   *
   * @param time of the scrape, in milliseconds since the epoch, later than that of the previous scrape
   */
  add(time: number, samples: readonly Sample[]): void {
    if (time - this.end > GAP) this.clear();
    if (this.series.size === 0) this.begun = time;
    const before = this.end;
    this.end = time;
    this.rates = new Map();
    for (const { series: key, name, labels, value } of samples) {
      let series = this.series.get(key);
      if (!series) {
        const known = before > -Infinity ? [before] : [];
        series = { name, labels, times: known, values: known.map(() => 0) };
        this.series.set(key, series);
      }
      series.times.push(time);
      series.values.push(value);
    }
    this.times = [...this.times, time].filter((one) => one >= time - RANGE);
    for (const [key, { times, values }] of this.series) {
      while (times[0] !== undefined && times[0] < time - RANGE) {
        times.shift();
        values.shift();
      }
      if (times.length === 0) this.series.delete(key);
    }
  }

  clear(): void {
    this.series.clear();
    this.times = [];
    this.end = -Infinity;
  }

  /** The series with these labels, in their state after the scrape at a time in the last minute. */
  at(time: number, labels: Labels): Scrapes | undefined {
    if (time < this.start || time > this.end) return undefined;
    const then = new Scrapes();
    then.begun = this.start;
    then.end = time;
    const wanted = Object.entries(labels);
    for (const [key, series] of this.series) {
      const count = hasLabels(series, wanted) ? series.times.findLastIndex((one) => one <= time) + 1 : 0;
      const [times, values] = [series.times.slice(0, count), series.values.slice(0, count)];
      if (count > 0) then.series.set(key, { ...series, times, values });
    }
    return then;
  }

  /** The beginning of the last minute, or the first scrape without a gap since. */
  get start(): number {
    return this.uneven ? (this.times[0] ?? 0) : Math.max(this.begun, this.end - RANGE);
  }

  /** Milliseconds that the rates currently cover. */
  get range(): number {
    return this.end - this.start;
  }

  /** The label sets and values of the series in the last scrape. */
  latest(name: string, labels: Labels = {}): [Labels, number][] {
    return this.select(name, labels).flatMap((series): [Labels, number][] =>
      series.times.at(-1) === this.end ? [[series.labels, series.values.at(-1) ?? NaN]] : [],
    );
  }

  /** The label sets and rates per second of the series that have a rate. */
  rate(name: string, labels: Labels = {}): [Labels, number][] {
    return this.select(name, labels).flatMap((series): [Labels, number][] =>
      series.times.length < 2 ? [] : [[series.labels, this.rateOf(series)]],
    );
  }

  private select(name: string, labels: Labels): Series[] {
    const wanted = Object.entries(labels);
    return [...this.series.values()].filter((series) => series.name === name && hasLabels(series, wanted));
  }

  private rateOf(series: Series): number {
    const value = this.rates.get(series) ?? rate(series, this.end, this.range);
    this.rates.set(series, value);
    return value;
  }
}

function hasLabels(series: Series, wanted: readonly [string, string][]): boolean {
  return wanted.every(([label, value]) => series.labels[label] === value);
}
