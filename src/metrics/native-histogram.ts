import { highWordOf, numberOf } from './buckets.js';

/** Each power of two has 2 ** schema buckets: each bound is 9 % above the previous one, or 19 % at half the resolution. */
const SCHEMA = 3;
/** Values up to 2 ** -20 are in the zero bucket, values above 2 ** 20 (12 days) in the highest. */
const POWERS = 20;
const LOWEST = -POWERS * 2 ** SCHEMA;
const BUCKETS = 2 * -LOWEST;
const MOST_POPULATED = 160;

/** Upper bounds, beginning with the zero bucket. */
const bounds = Float64Array.from({ length: BUCKETS + 1 }, (_, slot) => 2 ** ((slot + LOWEST) / 2 ** SCHEMA));

/** Bits of the high word that are ignored, so that each power of two has 256 cells. Few cells contain a bound. */
const SHIFT = 12;
const FIRST_CELL = highWordOf(2 ** -POWERS) >>> SHIFT;
/** The first possible bucket of the numbers in each cell. */
const slots = new Uint16Array(2 * POWERS * 256);
for (let cell = 0, slot = 0; cell < slots.length; cell++) {
  while ((bounds[slot] ?? Infinity) < numberOf((cell + FIRST_CELL) << SHIFT)) slot++;
  slots[cell] = slot;
}

/** The index of the bucket for a number of at least 0: 0 is the zero bucket. */
function slotOf(value: number): number {
  const cell = (highWordOf(value) >>> SHIFT) - FIRST_CELL;
  if (cell < 0) return 0;
  if (cell >= slots.length) return BUCKETS;
  const slot = slots[cell] ?? NaN;
  return value > (bounds[slot] ?? NaN) ? slot + 1 : slot;
}

/** The native histogram of a distribution: https://prometheus.io/docs/specs/native_histograms/ */
export class NativeHistogram {
  static readonly zeroThreshold = bounds[0] ?? NaN;
  /** The count of the zero bucket, then of the others in ascending order. */
  readonly #counts = new Float64Array(BUCKETS + 1);
  /** 1 if the resolution is halved, so that each pair of buckets is merged; otherwise 0. */
  #halved = 0;

  /** @param value a number of at least 0 */
  observe(value: number, count = 1): void {
    const slot = (slotOf(value) + this.#halved) >> this.#halved;
    const before = this.#counts[slot] ?? NaN;
    this.#counts[slot] = before + count;
    if (before === 0) this.#limit();
  }

  get schema(): number {
    return SCHEMA - this.#halved;
  }

  get zeroCount(): number {
    return this.#counts[0] ?? NaN;
  }

  /** The counts of all buckets except the zero bucket; the index of the first is `lowest`. */
  get buckets(): { lowest: number; counts: Float64Array } {
    return {
      lowest: (LOWEST >> this.#halved) + 1,
      counts: this.#counts.subarray(1, (BUCKETS >> this.#halved) + 1),
    };
  }

  get numbers(): readonly number[] {
    return [this.#halved, ...this.#counts];
  }

  set numbers([halved = NaN, ...counts]: readonly number[]) {
    this.#halved = halved;
    this.#counts.set(counts);
  }

  /** Halves the resolution if too many buckets are populated. Once is enough: half of all buckets are not too many. */
  #limit(): void {
    const counts = this.#counts;
    if (counts.subarray(1).filter((count) => count > 0).length <= MOST_POPULATED) return;
    for (let slot = 1; slot <= BUCKETS; slot++) {
      const count = counts[slot] ?? NaN;
      counts[slot] = 0;
      counts[(slot + 1) >> 1] = (counts[(slot + 1) >> 1] ?? NaN) + count;
    }
    this.#halved = 1;
  }
}
