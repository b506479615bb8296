/** Milliseconds between two measurements. As with Node's own monitor, the delays include it. */
const RESOLUTION = 10;

/** Buckets for each doubling of a delay, which makes percentiles exact to 1.1 %. */
const BUCKETS_PER_DOUBLING = 64;

/** Buckets reach from 2 ** -10 ms to 2 ** 20 ms, a microsecond to a quarter of an hour. */
const LOWEST_EXPONENT = -10;
const BUCKETS = (20 - LOWEST_EXPONENT) * BUCKETS_PER_DOUBLING;

/** Milliseconds after which a window replaces the one before: the default of Prometheus' `scrape_interval`. */
const WINDOW = 60_000;

/** The period that a reading covers, for the help texts of the metrics. */
export const DELAY_PERIOD = 'over the last one to two minutes';

/** Seconds by which timers were late, including the timer's interval. */
export interface Delays {
  min: number;
  max: number;
  mean: number;
  stddev: number;
  p50: number;
  p90: number;
  p99: number;
}

/** The measurements of a period of time. */
export class DelayWindow {
  private readonly counts = new Uint32Array(BUCKETS);
  private count = 0;
  private sum = 0;
  private sumOfSquares = 0;
  private min = Infinity;
  private max = 0;

  /** All are 0 before the first measurement. */
  read(): Delays {
    if (this.count === 0) return { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 };
    const mean = this.sum / this.count;
    const variance = Math.max(0, this.sumOfSquares / this.count - mean * mean);
    const [p50 = NaN, p90 = NaN, p99 = NaN] = this.percentiles(0.5, 0.9, 0.99);
    return {
      min: this.min / 1000,
      max: this.max / 1000,
      mean: mean / 1000,
      stddev: Math.sqrt(variance) / 1000,
      p50: p50 / 1000,
      p90: p90 / 1000,
      p99: p99 / 1000,
    };
  }

  /** @param milliseconds since the timer fired before */
  record(milliseconds: number): void {
    const bucket = this.bucketOf(milliseconds);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count++;
    this.sum += milliseconds;
    this.sumOfSquares += milliseconds * milliseconds;
    this.min = Math.min(this.min, milliseconds);
    this.max = Math.max(this.max, milliseconds);
  }

  /** The upper bounds of the buckets of the percentiles, in rising order, limited to measured values. */
  private percentiles(...shares: number[]): number[] {
    let below = 0;
    let bucket = this.bucketOf(this.min);
    return shares.map((share) => {
      const rank = Math.ceil(share * this.count);
      while (below + (this.counts[bucket] ?? NaN) < rank) below += this.counts[bucket++] ?? NaN;
      const end = 2 ** ((bucket + 1) / BUCKETS_PER_DOUBLING + LOWEST_EXPONENT);
      return Math.min(Math.max(end, this.min), this.max);
    });
  }

  private bucketOf(milliseconds: number): number {
    const bucket = Math.floor((Math.log2(milliseconds) - LOWEST_EXPONENT) * BUCKETS_PER_DOUBLING);
    return Math.min(Math.max(bucket, 0), BUCKETS - 1);
  }
}

/**
 * Measures how late the event loop is, as Node's `monitorEventLoopDelay` does, but that takes longer to read than a thousand
 * series to print (docs/decisions/0008). All readers see the same values. A delay is in all readings of the minute after it,
 * so a reader that comes every minute misses none.
 */
export class EventLoopDelay {
  /** Two overlapping windows. The older began one to two minutes ago, unless the process is younger. */
  private older = new DelayWindow();
  private younger = new DelayWindow();
  private previous = performance.now();
  private youngerSince = this.previous;
  private readonly timer = setInterval(() => this.tick(), RESOLUTION).unref();

  stop(): void {
    clearInterval(this.timer);
  }

  read(): Delays {
    return this.older.read();
  }

  tick(): void {
    const now = performance.now();
    if (now - this.youngerSince >= WINDOW) {
      this.older = this.younger;
      this.younger = new DelayWindow();
      this.youngerSince = now;
    }
    for (const window of [this.older, this.younger]) window.record(now - this.previous);
    this.previous = now;
  }
}
