import {
  BLANK,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  LINE_FEED,
  NINE,
  OPENING_BRACKET,
  POINT,
  QUOTE,
  ZERO,
} from '../platform/ascii.js';
import { MOST_SECONDS } from '../recording/observation.js';
import { ObservationColumns } from '../recording/observation-columns.js';

/** As many digits a double holds exactly, as it does these powers of ten: their quotient is rounded once, so correctly. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const ENV = Buffer.from('{"env":');
const STATUSCODE = Buffer.from('"statuscode":');
const SECONDS = Buffer.from('"seconds":');

/** Bytes of a usual observation, which tell how much room a text's observations take; they may take more. */
const USUAL_BYTES = 48;

type Environments = readonly (readonly { place: number; bytes: Uint8Array }[])[];

/**
 * Reads valid observations in the JSON that senders usually write: the keys in the order env, statuscode, seconds, no
 * escapes, no white space but blanks after colons and commas. What it does not recognise is left to `JSON.parse` and a
 * check, which take longer (docs/decisions/0012).
 */
export class ObservationScanner {
  /** The environments, and their places in the list, by the last byte of their names. */
  private readonly environments: Environments;

  constructor(environments: readonly string[]) {
    const named = environments.map((name, place) => ({ place, bytes: Buffer.from(name) }));
    this.environments = Array.from({ length: 256 }, (_, last) =>
      named.filter(({ bytes }) => bytes.at(-1) === last),
    );
  }

  /** Begins to read a text in UTF-8. */
  read(text: Buffer): ScannedText {
    return new ScannedText(text, this.environments);
  }
}

/** A text that is being read, and what was found in it. */
export class ScannedText {
  /** The index after what was read last. */
  end = 0;
  private readonly columns: ObservationColumns;

  constructor(
    private readonly bytes: Buffer,
    private readonly environments: Environments,
  ) {
    this.columns = new ObservationColumns(Math.ceil(bytes.length / USUAL_BYTES) + 1);
  }

  /** The observations of the array that comes next, or the single one; undefined if one is not recognised. */
  all(): ObservationColumns | undefined {
    if (!this.skipByte(OPENING_BRACKET)) return this.one() ? this.columns : undefined;
    do {
      if (!this.one()) return undefined;
    } while (this.skipByte(COMMA));
    return this.skipByte(CLOSING_BRACKET) ? this.columns : undefined;
  }

  /** The observations up to the end of the text, one a line; undefined if one is not recognised. */
  lines(): ObservationColumns | undefined {
    while (this.end < this.bytes.length) {
      if (!this.one()) return undefined;
      if (!this.skipByte(LINE_FEED) && this.end < this.bytes.length) return undefined;
    }
    return this.columns;
  }

  /** Goes past the observation that comes next, and keeps it; returns whether it is recognised. */
  private one(): boolean {
    if (!this.skip(ENV)) return false;
    const env = this.environment();
    if (env < 0 || !this.skipByte(COMMA) || !this.skip(STATUSCODE)) return false;
    const statuscode = this.statuscode();
    if (statuscode < 0) return false;
    let seconds = NaN;
    if (this.skipByte(COMMA)) {
      if (!this.skip(SECONDS)) return false;
      seconds = this.seconds();
      if (!(seconds <= MOST_SECONDS)) return false;
    }
    if (!this.skipByte(CLOSING_BRACE)) return false;
    this.columns.add(env, statuscode, seconds);
    return true;
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

  /** The place of the environment whose name comes next, or -1. */
  private environment(): number {
    const { bytes, end } = this;
    if (bytes[end] !== QUOTE) return -1;
    let quote = end + 1;
    while (quote < bytes.length && bytes[quote] !== QUOTE) quote++;
    for (const known of this.environments[bytes[quote - 1] ?? 0] ?? []) {
      if (known.bytes.length !== quote - end - 1 || !this.stands(known.bytes, end + 1)) continue;
      this.end = quote + 1;
      return known.place;
    }
    return -1;
  }

  /** The integer from 100 to 599 that comes next, or -1. What follows its three digits must not go on with it. */
  private statuscode(): number {
    const { bytes, end } = this;
    let code = 0;
    for (let at = end; at < end + 3; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < ZERO || byte > NINE) return -1;
      code = code * 10 + byte - ZERO;
    }
    this.end += 3;
    return code >= 100 && code <= 599 ? code : -1;
  }

  /** The number of at least 0 that comes next, or NaN. */
  private seconds(): number {
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
