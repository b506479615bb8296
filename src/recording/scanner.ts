import {
  BLANK,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  NINE,
  OPENING_BRACKET,
  POINT,
  QUOTE,
  ZERO,
} from '../ascii.js';
import type { Observation } from './observation.js';

/** As many digits a double holds exactly, as it does these powers of ten: their quotient is rounded once, so correctly. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const ENV = Buffer.from('{"env":');
const STATUSCODE = Buffer.from('"statuscode":');
const SECONDS = Buffer.from('"seconds":');

/**
 * Reads observations in the JSON that senders usually write: the keys in the order env, statuscode, seconds, no escapes, no
 * white space but blanks after colons and commas. That takes a fraction of the time of `JSON.parse`, whose values it
 * returns; what it does not recognise is left to that.
 */
export class ObservationScanner {
  /** The index after what was read last. */
  end = 0;
  private bytes: Buffer = Buffer.alloc(0);
  /** The environments by the last byte of their names. */
  private readonly environments: { name: string; bytes: Uint8Array }[][] = Array.from(
    { length: 256 },
    () => [],
  );

  constructor(environments: readonly string[]) {
    for (const name of environments) {
      const bytes = Buffer.from(name);
      this.environments[bytes.at(-1) ?? 0]?.push({ name, bytes });
    }
  }

  /** Begins with another text, in UTF-8. */
  read(bytes: Buffer, start = 0): this {
    this.bytes = bytes;
    this.end = start;
    return this;
  }

  /** The observation that comes next, its numbers unchecked; undefined if it is not recognised. */
  one(): Observation | undefined {
    if (!this.skip(ENV)) return undefined;
    const env = this.environment();
    if (env === undefined || !this.skipByte(COMMA) || !this.skip(STATUSCODE)) return undefined;
    const statuscode = this.number();
    if (statuscode === undefined) return undefined;
    if (this.skipByte(CLOSING_BRACE)) return { env, statuscode };
    if (!this.skipByte(COMMA) || !this.skip(SECONDS)) return undefined;
    const seconds = this.number();
    return seconds !== undefined && this.skipByte(CLOSING_BRACE) ? { env, statuscode, seconds } : undefined;
  }

  /** The observations of the array that comes next, or the single one; undefined if one is not recognised. */
  all(): Observation[] | undefined {
    if (!this.skipByte(OPENING_BRACKET)) {
      const only = this.one();
      return only && [only];
    }
    const observations: Observation[] = [];
    do {
      const observation = this.one();
      if (!observation) return undefined;
      observations.push(observation);
    } while (this.skipByte(COMMA));
    return this.skipByte(CLOSING_BRACKET) ? observations : undefined;
  }

  /** Goes past a text that ends with a colon, and past blanks. */
  skip(expected: Uint8Array): boolean {
    if (!this.stands(expected, this.end)) return false;
    this.end += expected.length;
    while (this.bytes[this.end] === BLANK) this.end++;
    return true;
  }

  /** Goes past a byte; past blanks too, if it is a comma. */
  private skipByte(expected: number): boolean {
    if (this.bytes[this.end] !== expected) return false;
    this.end++;
    if (expected === COMMA) while (this.bytes[this.end] === BLANK) this.end++;
    return true;
  }

  private stands(expected: Uint8Array, start: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false;
    return true;
  }

  private environment(): string | undefined {
    const { bytes, end } = this;
    if (bytes[end] !== QUOTE) return undefined;
    let quote = end + 1;
    while (quote < bytes.length && bytes[quote] !== QUOTE) quote++;
    for (const known of this.environments[bytes[quote - 1] ?? 0] ?? []) {
      if (known.bytes.length !== quote - end - 1 || !this.stands(known.bytes, end + 1)) continue;
      this.end = quote + 1;
      return known.name;
    }
    return undefined;
  }

  private number(): number | undefined {
    const { bytes, end: start } = this;
    let at = start;
    let mantissa = 0;
    let byte = bytes[at] ?? 0;
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) mantissa = mantissa * 10 + byte - ZERO;
    let digits = at - start;
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) return undefined;
    let decimals = 0;
    if (byte === POINT) {
      const point = at;
      for (byte = bytes[++at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) {
        mantissa = mantissa * 10 + byte - ZERO;
      }
      decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0) return undefined;
    }
    this.end = at;
    if (digits > MOST_DIGITS) return Number(bytes.toString('latin1', start, at));
    return mantissa / (POWERS_OF_TEN[decimals] ?? NaN);
  }
}
