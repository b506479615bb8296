/** Intervals without a scrape after which a scraper is gone. */
const GONE_AFTER_INTERVALS = 3;

/** Milliseconds that these count at the least: a short interval is easily missed. */
const GONE_AFTER_AT_LEAST = 5_000;

/** Milliseconds from one scrape to the next, for one that has come only once: the default of Prometheus' `scrape_interval`. */
const USUAL_INTERVAL = 60_000;

/** Scrapers that look the same and can be told apart by their rhythm. */
const MOST_ALIKE = 4;

/** Gaps that show a rhythm: twice as many as scrapers. */
const MOST_GAPS = 2 * MOST_ALIKE;

/** Share of its timeout that lies between two scrapes of a Prometheus at the least: its timeout is never above its interval. */
const SOONEST = 0.8;

/** Share of an interval by which the next one may be shorter or longer. */
const UNSTEADY = 0.15;

/** Somebody who scrapes, now and then or regularly. All times are by the clock of `performance`, in milliseconds. */
export class Scraper {
  /** Whether it may be several, as they come through a proxy that opens a connection for each request. */
  mayBeSeveral = false;
  /** The times of the newest pages that were sent to their end. */
  private fetched: readonly number[] = [];
  /** From one scrape to the next. */
  private gaps: readonly number[] = [];

  /**
   * @param last the time of its last scrape
   * @param timeout how long it waits for an answer, in milliseconds, if it says so, and so that it comes regularly
   * @param name for the log
   */
  constructor(
    private last: number,
    private readonly timeout?: number,
    readonly name = '',
  ) {}

  came(time: number): void {
    this.gaps = [...this.gaps, time - this.last].slice(-MOST_GAPS);
    this.last = time;
  }

  /** Notes that a page of a time was sent to its end. */
  got(time: number): void {
    this.fetched = [...this.fetched, time].slice(-MOST_ALIKE);
  }

  /** Whether a page as new as `since` was fetched, by each of them if it is several. */
  hasFetched(since: number): boolean {
    return this.fetched.filter((time) => time >= since).length >= this.count;
  }

  /** Whether it says itself that it comes regularly. */
  get announced(): boolean {
    return this.timeout !== undefined;
  }

  /** How many it is, by its rhythm: the fewest with the same interval each, and none sooner than a Prometheus comes. */
  get count(): number {
    if (!this.mayBeSeveral) return 1;
    const { timeout = 0 } = this;
    const possible = Array.from({ length: MOST_ALIKE }, (_, i) => i + 1).filter((count) =>
      this.intervals(count).every((interval) => interval >= SOONEST * timeout),
    );
    return possible.find((count) => isSteady(this.intervals(count))) ?? possible[0] ?? MOST_ALIKE;
  }

  /** Whether it will come again, as far as can be known: by hand, one scrapes once. */
  get regular(): boolean {
    return this.announced || this.gaps.length > 0;
  }

  /** The longer of the last two, since one that was started anew comes early; undefined if all have come once. */
  get interval(): number | undefined {
    const last = this.intervals(this.count).slice(-2);
    return last.length > 0 ? Math.max(...last) : undefined;
  }

  /** When its next scrape should come; undefined after one scrape. */
  get next(): number | undefined {
    return this.interval === undefined ? undefined : this.last + this.interval;
  }

  /** The time from which on it is not waited for any more, unless it comes. */
  get goneAt(): number {
    const patience = GONE_AFTER_INTERVALS * (this.interval ?? USUAL_INTERVAL);
    return this.last + Math.max(patience, GONE_AFTER_AT_LEAST);
  }

  /** From one scrape to the next of the same scraper, if they are so many and take turns. */
  private intervals(count: number): number[] {
    return this.gaps
      .slice(count - 1)
      .map((_, i) => this.gaps.slice(i, i + count).reduce((sum, gap) => sum + gap, 0));
  }
}

function isSteady(intervals: readonly number[]): boolean {
  return Math.max(...intervals) - Math.min(...intervals) <= UNSTEADY * Math.max(...intervals);
}
