import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Histogram } from '../metrics/histogram.js';
import { type AnyMetric, Registry } from '../metrics/registry.js';
import type { Value } from '../metrics/values.js';
import { SETTINGS } from '../settings/token.js';
import { KEPT_METRICS, keptLabels, keyOf, type Past, REFUSALS } from './figures/past.js';
import type { Labels } from './figures/scrapes.js';
import type { LiveSettings } from './live.settings.js';

/** Milliseconds from one sample to the next. */
export const INTERVAL = 5_000;

/** Samples of an hour. */
const MOST_SAMPLES = 3_600_000 / INTERVAL;

/** Most numbers in all samples, of 8 bytes each. With many environments, the history is shorter than an hour. */
const MOST_NUMBERS = 100_000;

interface Sample {
  /** In milliseconds by the clock of `performance`. */
  time: number;
  /** By the index of their series in `columns`. */
  values: Float64Array;
}

/**
 * Keeps the last hour of the live page's metrics, as sums over the labels with lists. It adds up the series directly,
 * because printing and parsing 100,000 of them would block the process for a while each time.
 */
@Injectable()
export class History implements OnApplicationBootstrap, OnModuleDestroy {
  private samples: Sample[] = [];
  private numbers = 0;
  private readonly columns: { name: string; labels: Labels }[] = [];
  private readonly places = new Map<string, number>();
  /** For the series of each block: their indices in `columns`. */
  private readonly placesIn = new WeakMap<readonly Value[], number[]>();
  /** The last value of each counter of refusals, and the time of its last increase. */
  private readonly refusals = new Map<Value, { name: string; value: number; time: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: Registry,
    @Inject(SETTINGS) private readonly settings: LiveSettings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.LIVE_HISTORY === 'off') return;
    this.sample();
    this.timer = setInterval(() => this.sample(), INTERVAL);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** @param time in milliseconds by the clock of `performance` */
  sample(time = performance.now()): void {
    const sums = this.columns.map(() => 0);
    for (const name of KEPT_METRICS) this.add(sums, this.registry.get(name));
    const values = Float64Array.from(sums);
    this.samples.push({ time, values });
    this.numbers += values.length;
    while (this.samples.length > MOST_SAMPLES || this.numbers > MOST_NUMBERS) {
      this.numbers -= this.samples.shift()?.values.length ?? 0;
    }
    for (const name of REFUSALS) this.noteRefusals(name, time);
  }

  past(time = performance.now()): Past {
    return {
      ages: this.samples.map((sample) => Math.round(time - sample.time)),
      series: this.columns.map((column, place) => ({
        ...column,
        values: this.samples.map(({ values }) => values[place] ?? 0),
      })),
      refusals: Array.from(this.refusals, ([{ labels }, { name, time: risen }]) => ({
        name,
        labels: Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, String(value)])),
        age: Math.round(time - risen),
      })),
    };
  }

  private add(sums: number[], metric: AnyMetric | undefined): void {
    metric?.collect?.();
    if (metric?.type === 'histogram') return this.addBuckets(sums, metric);
    for (const { series, slots, values } of metric?.blocks ?? []) {
      const places = this.placesIn.get(series) ?? [];
      if (places.length === 0) this.placesIn.set(series, places);
      for (let i = 0; i < series.length; i++) {
        const place = (places[i] ??= this.placeOf(metric?.name ?? '', series[i]?.labels ?? {}));
        sums[place] = (sums[place] ?? 0) + (values[slots[i] ?? NaN] ?? 0);
      }
    }
  }

  /** Adds cumulative buckets, as in the exposition. */
  private addBuckets(sums: number[], { name, buckets, all }: Histogram<string>): void {
    const bounds = [...Array.from(buckets.bounds, String), '+Inf'];
    for (const { labels, counts } of all) {
      const first = this.placeOf(`${name}_bucket`, labels, bounds);
      let count = 0;
      for (let bucket = 0; bucket < bounds.length; bucket++) {
        count += counts[bucket] ?? 0;
        sums[first + bucket] = (sums[first + bucket] ?? 0) + count;
      }
    }
  }

  /** The index in `columns` of a series' sum; for a histogram, of its first bucket, which the others follow. */
  private placeOf(name: string, labels: Value['labels'], bounds?: readonly string[]): number {
    const key = keyOf(name, labels);
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.columns.length;
      this.places.set(key, place);
      const kept = keptLabels(labels);
      for (const of of bounds?.map((le) => ({ le, ...kept })) ?? [kept])
        this.columns.push({ name, labels: of });
    }
    return place;
  }

  private noteRefusals(name: string, time: number): void {
    const metric = this.registry.get(name);
    if (metric?.type !== 'counter') return;
    for (const series of metric.all) {
      const { value } = series;
      if (value > (this.refusals.get(series)?.value ?? 0)) this.refusals.set(series, { name, value, time });
    }
  }
}
