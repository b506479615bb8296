import { BLANK, CARRIAGE_RETURN, COMMA, NINE, POINT, QUOTE, TAB, ZERO } from '../platform/ascii.js';
import { countBefore, firstOf, hashWith, marksOfStringEnd, Text, threeDigits } from '../platform/words.js';

/** A double is exact for this many digits and these powers of ten, so their quotient is rounded only once, and correctly. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Reads the tokens of a JSON text without creating strings. If the expected token is missing, a method stays in place or fails. */
export class JsonCursor {
  /** The index after the last token. */
  end = 0;
  protected readonly text: Text;
  /** The range of the last string, and its hash. */
  protected stringStart = 0;
  protected stringEnd = 0;
  protected hash = 0;

  constructor(protected readonly bytes: Buffer) {
    this.text = new Text(bytes);
  }

  /** Skips the expected text and blanks after it; returns whether it was there. */
  skip(expected: Uint8Array): boolean {
    if (!this.stands(expected)) return false;
    this.end += expected.length;
    while (this.bytes[this.end] === BLANK) this.end++;
    return true;
  }

  /** Reads a string without escapes; returns whether there is one. */
  protected string(): boolean {
    const { bytes, text } = this;
    if (bytes[this.end] !== QUOTE) return false;
    const start = this.end + 1;
    let at = start;
    let hash = 0;
    let word = text.wordAt(at);
    let count = countBefore(marksOfStringEnd(word));
    while (count === 4) {
      hash = hashWith(hash, word);
      at += 4;
      word = text.wordAt(at);
      count = countBefore(marksOfStringEnd(word));
    }
    const end = at + count;
    if (bytes[end] !== QUOTE) return false;
    this.stringStart = start;
    this.stringEnd = end;
    this.hash = hashWith(hash, firstOf(word, count));
    this.end = end + 1;
    return true;
  }

  protected skipBlanks(): void {
    let byte = this.bytes[this.end];
    while (byte === BLANK || byte === TAB || byte === CARRIAGE_RETURN) byte = this.bytes[++this.end];
  }

  /** Skips the expected byte, and blanks after a comma; returns whether it was there. */
  protected skipByte(expected: number): boolean {
    if (this.bytes[this.end] !== expected) return false;
    this.end++;
    if (expected === COMMA) this.skipBlanks();
    return true;
  }

  protected stands(expected: Uint8Array): boolean {
    const { bytes, end } = this;
    for (let i = 0; i < expected.length; i++) if (bytes[end + i] !== expected[i]) return false;
    return true;
  }

  /** The integer from 100 to 599 at an index above 0, or -1. The caller checks that no more digits follow. */
  protected statuscodeAt(at: number): number {
    const code = threeDigits(this.text.wordAt(at - 1) >> 8);
    return code >= 100 && code <= 599 ? code : -1;
  }

  /** Reads a number of at least 0, or returns NaN. */
  protected seconds(): number {
    const { bytes, end: start } = this;
    let at = start;
    let mantissa = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) mantissa = mantissa * 10 + byte - ZERO;
    let digits = at - start;
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) return NaN;
    let decimals = 0;
    if (byte === POINT) {
      const point = at;
      for (byte = bytes[++at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) {
        mantissa = mantissa * 10 + byte - ZERO;
      }
      decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0) return NaN;
    }
    this.end = at;
    if (digits > MOST_DIGITS) return Number(bytes.toString('latin1', start, at));
    return mantissa / (POWERS_OF_TEN[decimals] ?? NaN);
  }
}
