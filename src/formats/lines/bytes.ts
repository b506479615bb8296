// Reads values in a range of a line's bytes. Bytes outside of the range never change a result.
import { BACKSLASH, BLANK, MINUS, NINE, POINT, QUOTE, ZERO } from '../../platform/ascii.js';

/** A double is exact for this many digits and these powers of ten, so their quotient is rounded only once, and correctly. */
const MOST_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

export function afterBlanks(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === BLANK) at++;
  return at;
}

export function tokenEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== BLANK) at++;
  return at;
}

/** Stops at `end`, unlike `indexOf`, which would search all following lines. */
export function indexOfByte(bytes: Buffer, byte: number, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === byte) return at;
  return -1;
}

/** Bytes that are checked one by one before calling `indexOf`, which takes as long as twenty. Enough for the usual `-`. */
const FEW = 4;

/** The index of the quote that ends a text from `from`, ignoring escaped quotes, or -1. */
export function closingQuote(bytes: Buffer, from: number, end: number): number {
  let at = from;
  for (const few = Math.min(end, from + FEW); at < few; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  // A search beyond the line soon finds a quote, because lines with quotes are followed by similar lines.
  for (at = bytes.indexOf(QUOTE, at); at >= 0 && at < end; at = bytes.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (bytes[at - 1 - backslashes] === BACKSLASH && at - 1 - backslashes >= from) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

export function startsWith(bytes: Buffer, from: number, to: number, text: Buffer): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

/** The status code in the whole range; 0 for a placeholder or a number that is not a status code; -1 for other text. */
export function statusAt(bytes: Buffer, from: number, to: number): number {
  const digits = bytes[from] === MINUS ? from + 1 : from;
  if (to - digits > 3 || to <= from) return -1;
  let status = 0;
  for (let at = digits; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (!isDigit(byte)) return -1;
    status = status * 10 + byte - ZERO;
  }
  return digits === from && status >= 100 && status <= 599 ? status : 0;
}

/** The number in the whole range, or NaN. */
export function numberAt(bytes: Buffer, from: number, to: number): number {
  if (from >= to || to - from > MOST_DIGITS || !isDigit(bytes[from] ?? 0))
    return unusualNumber(bytes, from, to);
  let value = 0;
  let point = to - 1;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (isDigit(byte)) value = value * 10 + byte - ZERO;
    else if (byte === POINT && point === to - 1 && at < to - 1) point = at;
    else return unusualNumber(bytes, from, to);
  }
  return value / (POWERS_OF_TEN[to - 1 - point] ?? 1);
}

const UNUSUAL_NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const LONGEST_NUMBER = 40;

function unusualNumber(bytes: Buffer, from: number, to: number): number {
  if (from >= to || to - from > LONGEST_NUMBER) return NaN;
  const text = bytes.toString('latin1', from, to);
  return UNUSUAL_NUMBER.test(text) ? Number(text) : NaN;
}

/** Powers of ten, or seconds, of the units of Go's `time.Duration.String`, which other programs use as well. */
const DECIMAL_UNITS: Readonly<Record<string, string>> = {
  ns: 'e-9',
  us: 'e-6',
  µs: 'e-6',
  μs: 'e-6',
  ms: 'e-3',
  s: 'e0',
};
const LONG_UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600 };
const WITH_UNITS = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/;
const WITH_UNIT = /(\d+(?:\.\d+)?)([a-zµμ]+)/g;

/** The seconds of a duration with units, such as `80.809µs` or `1m2.5s`, or NaN. */
export function secondsWithUnit(bytes: Buffer, from: number, to: number): number {
  if (from >= to || to - from > LONGEST_NUMBER || !isDigit(bytes[from] ?? 0)) return NaN;
  const text = bytes.toString('utf8', from, to).replace(' ', '');
  if (!WITH_UNITS.test(text)) return NaN;
  let seconds = 0;
  for (const [, number, unit = ''] of text.matchAll(WITH_UNIT)) {
    // Parsing a text with an exponent rounds once, a multiplication would round twice.
    const exponent = DECIMAL_UNITS[unit];
    seconds +=
      exponent === undefined ? Number(number) * (LONG_UNITS[unit] ?? NaN) : Number(`${number}${exponent}`);
  }
  return seconds;
}
