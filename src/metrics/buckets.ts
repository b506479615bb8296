/** Two views of the same bytes, to read the first bits of a double as an integer. */
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** The index of the high word among the two words of a number. */
export const HIGH_WORD = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Bits of the high word that are ignored, so that each power of two has 32 cells. */
const SHIFT = 15;
const CELLS_PER_POWER = 32;
const EXPONENT_BIAS = 1023;
/** The table covers numbers from 2 ** -24, 60 nanoseconds, to 2 ** 24, half a year. */
const LOWEST = (EXPONENT_BIAS - 24) * CELLS_PER_POWER;
const CELLS = 48 * CELLS_PER_POWER;

/** The sign, the exponent and the first bits of the mantissa. */
export function highWordOf(value: number): number {
  number[0] = value;
  return words[HIGH_WORD] ?? NaN;
}

/** The number that has this high word, and 0 in all other bits. */
export function numberOf(highWord: number): number {
  number[0] = 0;
  words[HIGH_WORD] = highWord;
  return number[0];
}

/** The buckets of a histogram. */
export class Buckets {
  readonly bounds: Float64Array;
  /** The first possible bucket of a number, by its first bits. */
  private readonly first = new Uint16Array(CELLS);

  /** @param bounds upper bounds, above 0, rising, without +Inf */
  constructor(bounds: readonly number[]) {
    this.bounds = Float64Array.from(bounds);
    let bucket = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      const start = numberOf((cell + LOWEST) << SHIFT);
      while ((bounds[bucket] ?? Infinity) < start) bucket++;
      this.first[cell] = bucket;
    }
  }

  /**
   * The index of the bucket that a number of at least 0 belongs to; that of +Inf is `bounds.length`.
   *
   * @param highWord of the value
   */
  indexOf(value: number, highWord = highWordOf(value)): number {
    const cell = (highWord >>> SHIFT) - LOWEST;
    const { bounds } = this;
    let index = cell < 0 ? 0 : (this.first[cell < CELLS ? cell : CELLS - 1] ?? NaN);
    while (index < bounds.length && value > (bounds[index] ?? NaN)) index++;
    return index;
  }
}
