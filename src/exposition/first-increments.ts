import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import * as z from 'zod';
import type { Series } from '../metrics/metric.js';
import { Value } from '../metrics/values.js';
import { Registry } from '../metrics/registry.js';
import { RecorderService } from '../recording/recorder.service.js';
import { StateService } from '../state/state.service.js';
import { Scrapers } from './scrapers.js';

/** Milliseconds for which a series stays at 0 at most, from the first page that shows it. */
const LONGEST = 120_000;

/** Counts of counters and of response_time that a page did not show yet. */
const savedCounts = z.strictObject({
  bounds: z.array(z.number()),
  series: z.array(
    z.strictObject({
      metric: z.string(),
      labels: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
      numbers: z.array(z.number().nonnegative()).min(1).readonly(),
    }),
  ),
});
type SavedCounts = z.infer<typeof savedCounts>;

/**
 * Shows new series at 0 first, because `increase()` and `rate()` miss the value of a series' first sample. All scrapers that
 * announce themselves see the same value: 0 until each active one has fetched the series at 0, and from then on its real value.
 * If each scraper had its own value, a value could fall for a scraper that is mistaken for another.
 *
 * Counts that a page holds back are part of the page's state. After a restart they are recorded first.
 */
@Injectable()
export class FirstIncrements implements OnModuleInit {
  private readonly logger = new Logger('FirstIncrements');
  /** New series, by the time of the first page that showed them at 0. */
  private held: { since: number; metric: string; series: readonly Series[] }[] = [];
  private heldBack: SavedCounts['series'] = [];
  private isOver = false;

  constructor(
    private readonly registry: Registry,
    private readonly scrapers: Scrapers,
    private readonly recorder: RecorderService,
    private readonly state: StateService,
  ) {}

  async onModuleInit(): Promise<void> {
    const bounds = [...this.recorder.bounds];
    const saved = this.state.stateOf('first_increments');
    const { data } = savedCounts.safeParse(saved);
    if (data) this.restore(data);
    else if (saved !== undefined)
      this.logger.warn('Ignoring the saved counts in STATE_DIR: they are not valid');
    await this.state.keep('first_increments', data ?? { bounds, series: [] }, (): SavedCounts => ({
      bounds,
      series: this.heldBack,
    }));
  }

  /**
   * Renders a page for scrapers that announce themselves.
   *
   * @param time of the page, by the clock of `performance`
   */
  print<T>(time: number, print: () => T): T {
    this.held = this.held.filter(
      ({ since }) => time - since < LONGEST && !this.scrapers.haveAnnouncedFetched(since, time),
    );
    for (const metric of this.registry) {
      if (metric.type === 'gauge' || metric.collect) continue;
      const series = metric.takeNew();
      if (series.length > 0) this.held.push({ since: time, metric: metric.name, series });
    }
    if (this.isOver) this.held = [];

    const held = this.held
      .flatMap(({ metric, series }) => series.map((one) => ({ metric, series: one, numbers: one.numbers })))
      .filter(({ numbers }) => numbers.some((number) => number !== 0));
    for (const { series, numbers } of held) series.numbers = numbers.map(() => 0);
    this.heldBack = held
      .filter(({ series, metric }) => series instanceof Value || metric === 'response_time')
      .map(({ metric, series: { labels }, numbers }) => ({
        metric,
        labels,
        numbers: numbers.slice(0, this.recorder.bounds.length + 2), // without a native histogram
      }));
    try {
      return print();
    } finally {
      for (const { series, numbers } of held) series.numbers = numbers;
      this.heldBack = [];
    }
  }

  /** From now on pages show real values only, because scrapers will see no later page. */
  end(): void {
    this.isOver = true;
  }

  private restore({ bounds, series }: SavedCounts): void {
    const isSame = bounds.join() === this.recorder.bounds.join();
    const ignored = series.filter(({ metric, labels, numbers }) => {
      if (metric === 'response_code') return !this.recorder.restore(labels, numbers);
      if (metric === 'response_time') return !isSame || !this.recorder.restore(labels, numbers);
      const counter = this.registry.get(metric);
      if (counter?.type === 'counter') counter.find(labels)?.inc(numbers[0]);
      return false;
    });
    if (ignored.length > 0) {
      this.logger.warn(
        `Ignoring counts of ${ignored.length} series that an earlier run had not shown yet: ` +
          'ENVIRONMENTS or RESPONSE_TIME_BUCKETS do not allow them any more',
      );
    }
  }
}
