import { BLANK, ZERO } from '../platform/ascii.js';
import { numberText } from './print.js';

/** Series in a block: few enough that printing one anew is quick, and enough that a page has few blocks. */
const SIZE = 128;

/** Below, all integers are exact, and so is the division that takes them apart into digits. */
const LARGEST_OVERWRITTEN = 1e14;

/**
 * Counts, and the lines that show them one after the other as bytes. Between two scrapes most counts keep their number of
 * digits, so only these are overwritten; the lines are put together anew when a count needs room.
 */
export class CounterBlock {
  /** The counts, by slot. */
  readonly values = new Float64Array(SIZE);
  /** What `bytes` shows of them. */
  readonly #printed = new Float64Array(SIZE);
  /** Where each line ends in `bytes`. */
  readonly #ends = new Uint32Array(SIZE);
  readonly #prefixes: string[] = [];
  #bytes: Buffer | undefined;

  get full(): boolean {
    return this.#prefixes.length === SIZE;
  }

  /**
   * @param prefix the line up to the count, with the line break in front and the space at the end
   * @returns the slot of its count
   */
  add(prefix: string): number {
    this.#bytes = undefined;
    return this.#prefixes.push(prefix) - 1;
  }

  /** The lines as they are now; the bytes change with the next call. */
  print(): Buffer {
    const bytes = this.#bytes;
    if (!bytes) return this.#printAnew();
    for (let slot = 0; slot < this.#prefixes.length; slot++) {
      const value = this.values[slot] ?? NaN;
      if (value === this.#printed[slot]) continue;
      if (!overwrite(bytes, this.#ends[slot] ?? NaN, value)) return this.#printAnew();
      this.#printed[slot] = value;
    }
    return bytes;
  }

  #printAnew(): Buffer {
    let text = '';
    let end = 0;
    for (const [slot, prefix] of this.#prefixes.entries()) {
      const line = prefix + numberText(this.values[slot] ?? NaN);
      text += line;
      end += Buffer.byteLength(line);
      this.#ends[slot] = end;
    }
    this.#printed.set(this.values);
    this.#bytes = Buffer.from(text);
    return this.#bytes;
  }
}

/** Writes an integer over the digits that end at `end`, or returns false if they are not as many. */
function overwrite(bytes: Buffer, end: number, value: number): boolean {
  if (!Number.isInteger(value) || value < 0 || value >= LARGEST_OVERWRITTEN) return false;
  let rest = value;
  let digit = end;
  do {
    digit--;
    if (bytes[digit] === BLANK) return false;
    const tenth = Math.floor(rest / 10);
    bytes[digit] = ZERO + (rest - tenth * 10);
    rest = tenth;
  } while (rest > 0);
  return bytes[digit - 1] === BLANK;
}
