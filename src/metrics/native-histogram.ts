import { highWordOf, numberOf } from './buckets.js';

/** Buckets per power of two are 2 ** schema: each ends 9 % above the one before, or 19 % once the resolution is halved. */
const SCHEMA = 3;
/** Values up to 2 ** -20 are in the zero bucket, those above 2 ** 20 (12 days) in the highest. */
const POWERS = 20;
const LOWEST = -POWERS * 2 ** SCHEMA;
const BUCKETS = 2 * -LOWEST;
const MOST_POPULATED = 160;

/** Upper bounds, of the zero bucket first. */
const bounds = Float64Array.from({ length: BUCKETS + 1 }, (_, slot) => 2 ** ((slot + LOWEST) / 2 ** SCHEMA));

/** Bits of the high word that are left out, so that each power of two has 256 cells. Few of them have a bound within. */
const SHIFT = 12;
const FIRST_CELL = highWordOf(2 ** -POWERS) >>> SHIFT;
/** By cell: the first bucket that its numbers may belong to. */
const slots = new Uint16Array(2 * POWERS * 256);
for (let cell = 0, slot = 0; cell < slots.length; cell++) {
  while ((bounds[slot] ?? Infinity) < numberOf((cell + FIRST_CELL) << SHIFT)) slot++;
  slots[cell] = slot;
}

/** Where a number of at least 0 is counted: 0 is the zero bucket. */
function slotOf(value: number): number {
  const cell = (highWordOf(value) >>> SHIFT) - FIRST_CELL;
  if (cell < 0) return 0;
  if (cell >= slots.length) return BUCKETS;
  const slot = slots[cell] ?? NaN;
  return value > (bounds[slot] ?? NaN) ? slot + 1 : slot;
}

/** The native part of a distribution: https://prometheus.io/docs/specs/native_histograms/ */
export class NativeHistogram {
  static readonly zeroThreshold = bounds[0] ?? NaN;
  /** Of the zero bucket, and of the others from the lowest on. */
  readonly #counts = new Float64Array(BUCKETS + 1);
  /** 1 once the resolution is halved; then two buckets each are counted as one. */
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

  /** The counts of all buckets but that of zero; the index of the first is `lowest`. */
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

  /** Halves the resolution if too many buckets hold something. Half of all buckets are not too many. */
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
