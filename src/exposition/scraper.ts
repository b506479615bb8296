/** Missed intervals after which a scraper counts as gone. */
const GONE_AFTER_INTERVALS = 3;

/** Least duration of these in milliseconds, because short intervals are easily missed. */
const GONE_AFTER_AT_LEAST = 5_000;

/** Assumed scrape interval after only one scrape, in milliseconds: the default of Prometheus' `scrape_interval`. */
const USUAL_INTERVAL = 60_000;

/** Most scrapers with the same name that can be told apart by their intervals. */
const MOST_ALIKE = 4;

/** Gaps between scrapes that are remembered: two for each of these scrapers. */
const MOST_GAPS = 2 * MOST_ALIKE;

/** Least time between two scrapes of one Prometheus, as a share of its timeout, which is never above its interval. */
const SOONEST = 0.8;

/** Share by which intervals of one scraper may differ. */
const UNSTEADY = 0.15;

/** A client of /metrics, regular or not. All times are milliseconds by the clock of `performance`. */
export class Scraper {
  /** Whether it may be several scrapers behind a proxy that opens a connection for each request. */
  mayBeSeveral = false;
  /** The times of the newest pages that were sent completely. */
  private readonly fetched: number[] = [];
  /** Times between consecutive scrapes. */
  private readonly gaps: number[] = [];

  /**
   * @param last the time of its last scrape
   * @param timeout its scrape timeout in milliseconds, if it announces one, which means that it scrapes regularly
   * @param name for the log
   */
  constructor(
    private last: number,
    private readonly timeout?: number,
    readonly name = '',
  ) {}

  came(time: number): void {
    this.gaps.push(time - this.last);
    if (this.gaps.length > MOST_GAPS) this.gaps.shift();
    this.last = time;
  }

  /** Notes that the page of a time was sent completely. */
  got(time: number): void {
    this.fetched.push(time);
    if (this.fetched.length > MOST_ALIKE) this.fetched.shift();
  }

  /** Whether it has fetched a page as new as `since`, each of them if it is several. */
  hasFetched(since: number): boolean {
    return this.fetched.filter((time) => time >= since).length >= this.count;
  }

  /** Whether it announces itself as a regular scraper. */
  get announced(): boolean {
    return this.timeout !== undefined;
  }

  /** How many scrapers it is: the smallest number that gives each a steady interval, not shorter than Prometheus allows. */
  get count(): number {
    if (!this.mayBeSeveral) return 1;
    const { timeout = 0 } = this;
    const possible = Array.from({ length: MOST_ALIKE }, (_, i) => i + 1).filter((count) =>
      this.intervals(count).every((interval) => interval >= SOONEST * timeout),
    );
    return possible.find((count) => isSteady(this.intervals(count))) ?? possible[0] ?? MOST_ALIKE;
  }

  /** Whether it is expected again: it announces itself or has scraped more than once. */
  get regular(): boolean {
    return this.announced || this.gaps.length > 0;
  }

  /** The longer of its last two intervals, because a restarted scraper comes early; undefined if each has come only once. */
  get interval(): number | undefined {
    const last = this.intervals(this.count).slice(-2);
    return last.length > 0 ? Math.max(...last) : undefined;
  }

  /** When its next scrape should come; undefined after one scrape. */
  get next(): number | undefined {
    return this.interval === undefined ? undefined : this.last + this.interval;
  }

  /** When it counts as gone if it does not scrape before. */
  get goneAt(): number {
    const patience = GONE_AFTER_INTERVALS * (this.interval ?? USUAL_INTERVAL);
    return this.last + Math.max(patience, GONE_AFTER_AT_LEAST);
  }

  /** Whether it counts as gone. Most have come so lately that their intervals need not be computed. */
  isGone(now: number): boolean {
    return now >= this.last + GONE_AFTER_AT_LEAST && now >= this.goneAt;
  }

  /** Intervals of each scraper, if there are so many and they take turns. */
  private intervals(count: number): number[] {
    return this.gaps
      .slice(count - 1)
      .map((_, i) => this.gaps.slice(i, i + count).reduce((sum, gap) => sum + gap, 0));
  }
}

function isSteady(intervals: readonly number[]): boolean {
  return Math.max(...intervals) - Math.min(...intervals) <= UNSTEADY * Math.max(...intervals);
}
