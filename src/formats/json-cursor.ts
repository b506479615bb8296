import { BLANK, CARRIAGE_RETURN, COMMA, NINE, POINT, QUOTE, TAB, ZERO } from '../platform/ascii.js';
import { countBefore, firstOf, hashWith, marksOfStringEnd, Text, threeDigits } from '../platform/words.js';

/** As many digits a double holds exactly, as it does these powers of ten: their quotient is rounded once, so correctly. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Goes through the pieces of a text in JSON, without making strings of them. A method whose piece does not come next stays or fails. */
export class JsonCursor {
  /** The index after what was read last. */
  end = 0;
  protected readonly text: Text;
  /** Where the string that was read last begins and ends, and its hash. */
  protected stringStart = 0;
  protected stringEnd = 0;
  protected hash = 0;

  constructor(protected readonly bytes: Buffer) {
    this.text = new Text(bytes);
  }

  /** Goes past a text, and past blanks. */
  skip(expected: Uint8Array): boolean {
    if (!this.stands(expected)) return false;
    this.end += expected.length;
    while (this.bytes[this.end] === BLANK) this.end++;
    return true;
  }

  /** Goes past a string without escapes; returns whether there is one. */
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

  /** Goes past a byte; past blanks too, if it is a comma. */
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

  /** The integer from 100 to 599 at a place after the first, or -1. What follows its three digits must not go on with it. */
  protected statuscodeAt(at: number): number {
    const code = threeDigits(this.text.wordAt(at - 1) >> 8);
    return code >= 100 && code <= 599 ? code : -1;
  }

  /** The number of at least 0 that comes next, or NaN. */
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
