/** Intervals without a scrape after which a scraper is gone. */
const GONE_AFTER_INTERVALS = 3;

/** Milliseconds that these count at the least: a short interval is easily missed. */
const GONE_AFTER_AT_LEAST = 5_000;

/** Milliseconds from one scrape to the next, for one that has come only once: the default of Prometheus' `scrape_interval`. */
const USUAL_INTERVAL = 60_000;

/** Somebody who scrapes, now and then or regularly. All times are by the clock of `performance`, in milliseconds. */
export class Scraper {
  /** The time of the newest page that was sent to its end. */
  fetched = -Infinity;
  /** From one scrape to the next, the last two. */
  private gaps: readonly number[] = [];

  /**
   * @param last the time of its last scrape
   * @param announced whether it says itself that it comes regularly
   */
  constructor(
    private last: number,
    readonly announced: boolean,
  ) {}

  came(time: number): void {
    this.gaps = [...this.gaps.slice(-1), time - this.last];
    this.last = time;
  }

  /** Whether it will come again, as far as can be known: by hand, one scrapes once. */
  get regular(): boolean {
    return this.announced || this.gaps.length > 0;
  }

  /** The longer of the last two gaps, since one that was started anew comes early; undefined after one scrape. */
  get interval(): number | undefined {
    return this.gaps.length > 0 ? Math.max(...this.gaps) : undefined;
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
}
