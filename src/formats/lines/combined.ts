import {
  BACKSLASH,
  BLANK,
  CLOSING_BRACKET,
  MINUS,
  OPENING_BRACKET,
  POINT,
  QUOTE,
  ZERO,
} from '../../platform/ascii.js';
import { placeOf, Text, threeDigits } from '../../platform/words.js';
import { MOST_SECONDS } from '../../recording/observation.js';
import {
  afterBlanks,
  closingQuote,
  isDigit,
  numberAt,
  secondsWithUnit,
  statusAt,
  tokenEnd,
} from './bytes.js';
import { fieldEnd, QUOTED_BY_CLIENT, takeHost, takeUpstream } from './combined-service.js';
import type { Format, Line, Verdict } from './line.js';

const COMMA = 0x2c;
const COLON = 0x3a;
const EQUALS = 0x3d;
const SLASH = 0x2f;
const SMALL_S = 0x73;

/** Four of them. */
const QUOTES = 0x22222222;

/** Bytes of `[22/Nov/2026:13:55:36 +0000]`, and of the longest time in brackets. */
const USUAL_TIME = 28;
const LONGEST_TIME = 40;

/** Most characters of the seconds, with the characters around them. */
const LONGEST_SECONDS = 12;

/** Names of fields that hold the time of the whole request: `rt=0.300`, not `urt=` or `upstream_response_time=`. */
const NAME_OF_TIME = /^(?!u)\w*(?:rt|time|duration)$/i;

/**
 * Reads `%h %l %u %t "%r" %>s %b` with optional additions: a host at the beginning or before the request, more fields at the
 * end. https://httpd.apache.org/docs/current/logs.html#common
 *
 * Of the additional fields, only unambiguous ones count as a duration: three decimals, as nginx writes all times (the greatest is
 * `$request_time`, which includes the others), four decimals directly after the size (Rack), or a unit (Traefik).
 */
export class Combined implements Format {
  readonly name = 'combined';
  /** Bit mask of the quoted fields that were a time in every line so far, because a client can put a number into a header. */
  private quotedTimes = -1;

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    return this.readUsual(bytes, start, end, line) ? 'request' : this.readAny(bytes, start, end, line);
  }

  /** Fast path for `combined`, with or without nginx's `$request_time` at the end. Other lines are left to `readAny`. */
  private readUsual(bytes: Buffer, start: number, end: number, line: Line): boolean {
    const { view, length } = Text.in(bytes);
    const last = Math.min(end, length - 3);
    const opening = placeOf(QUOTES, view, start, last);
    const time = opening - USUAL_TIME - 1;
    if (time <= start || bytes[time] !== OPENING_BRACKET || bytes[time + 3] !== SLASH) return false;
    if (digitAt(bytes, time + 1) > 9) return false;
    if (bytes[opening - 2] !== CLOSING_BRACKET || bytes[opening - 1] !== BLANK) return false;
    const closing = placeOf(QUOTES, view, opening + 1, last);
    if (closing + 6 > last || bytes[closing - 1] === BACKSLASH) return false;
    if (bytes[closing + 1] !== BLANK || bytes[closing + 5] !== BLANK) return false;
    const status = threeDigits(view.getInt32(closing + 1, true) >> 8);
    let at = closing + 6;
    while (digitAt(bytes, at) <= 9) at++;
    if (at === closing + 6 || bytes[at] !== BLANK || bytes[at + 1] !== QUOTE) return false;
    let quote = placeOf(QUOTES, view, at + 2, last);
    if (bytes[quote] !== QUOTE || bytes[quote - 1] === BACKSLASH) return false;
    if (bytes[quote + 1] !== BLANK || bytes[quote + 2] !== QUOTE) return false;
    quote = placeOf(QUOTES, view, quote + 3, last);
    if (quote >= last || bytes[quote - 1] === BACKSLASH) return false;
    const seconds = quote + 1 === end ? NaN : usualSeconds(bytes, view, quote + 1, end);
    if (status < 100 || status > 599 || seconds < 0) return false;
    line.take(status, seconds);
    this.quotedTimes = 0;
    if (line.wantsMethod || line.wantsPath) line.takeRequest(bytes, opening + 1, closing);
    if (line.wantsService) takeHost(bytes, start, opening, line);
    return true;
  }

  private readAny(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    let opening = openingQuote(bytes, start, end);
    if (opening < 0) return 'unrecognized_line';
    let closing = closingQuote(bytes, opening + 1, end);
    if (closing < 0) return 'unrecognized_line';
    let host = -1;
    let at = afterBlanks(bytes, closing + 1, end);
    if (bytes[at] === QUOTE && at < end) {
      host = opening;
      opening = at;
      closing = closingQuote(bytes, opening + 1, end);
      if (closing < 0) return 'unrecognized_line';
      at = afterBlanks(bytes, closing + 1, end);
    }
    const statusEnd = bytes[at + 3] === BLANK && at + 3 < end ? at + 3 : tokenEnd(bytes, at, end);
    const statuscode = statusAt(bytes, at, statusEnd);
    const sizeEnd = afterSize(bytes, afterBlanks(bytes, statusEnd, end), end);
    if (statuscode < 0 || at === closing + 1 || sizeEnd < 0) return 'unrecognized_line';
    if (line.take(statuscode, NaN) !== 'request') return 'invalid_statuscode';
    if (sizeEnd < end) this.takeSeconds(bytes, sizeEnd, end, line);
    line.takeRequest(bytes, opening + 1, closing);
    if (line.wantsService) {
      takeUpstream(bytes, sizeEnd, end, line);
      if (host >= 0)
        line.takeLabel('service', bytes.toString('utf8', host + 1, closingQuote(bytes, host + 1, end)));
      takeHost(bytes, start, host < 0 ? opening : host, line);
    }
    return 'request';
  }

  /** Takes the duration from the fields after the size. */
  private takeSeconds(bytes: Buffer, from: number, end: number, line: Line): void {
    let longest = NaN;
    let quoted = 0;
    let quotedLongest = NaN;
    let times = 0;
    let last = from;
    for (let at = from; at < end;) {
      const byte = bytes[at];
      if (byte === BLANK) at++;
      else if (byte === QUOTE) {
        const closing = closingQuote(bytes, at + 1, end);
        if (closing < 0) break;
        if (quoted >= QUOTED_BY_CLIENT) {
          const seconds = timeAt(bytes, at + 1, closing);
          const bit = 1 << (quoted & 31);
          if (seconds >= 0) times |= bit;
          if (seconds >= 0 && this.quotedTimes & bit && !(quotedLongest >= seconds)) quotedLongest = seconds;
        }
        quoted++;
        at = closing + 1;
      } else {
        last = at;
        at = fieldEnd(bytes, at, end);
        const seconds = timeAt(bytes, last, at);
        if (seconds >= 0 && !(longest >= seconds)) longest = seconds;
      }
    }
    this.quotedTimes &= times;
    if (longest >= 0) line.seconds = longest;
    else if (quotedLongest >= 0) line.seconds = quotedLongest;
    else if (bytes[end - 1] === SMALL_S) line.takeSeconds(secondsWithUnit(bytes, last, end));
    else if (quoted === 0 && bytes[end - 5] === POINT && last === from + 1)
      line.takeSeconds(numberAt(bytes, last, end));
  }
}

/** The value of a digit; above 9 for any other byte. */
function digitAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) >>> 0;
}

/** The seconds of a blank, digits, a point and three digits up to the end; a negative number if it is anything else. */
function usualSeconds(bytes: Buffer, view: DataView, blank: number, end: number): number {
  const point = end - 4;
  if (bytes[blank] !== BLANK || bytes[point] !== POINT) return -1;
  if (point <= blank + 1 || point - blank > LONGEST_SECONDS) return -1;
  let seconds = 0;
  for (let at = blank + 1; at < point; at++) {
    const digit = digitAt(bytes, at);
    if (digit > 9) return -1;
    seconds = seconds * 10 + digit;
  }
  const thousandths = threeDigits(view.getInt32(point, true) >> 8);
  return thousandths < 0 ? -1 : (seconds * 1000 + thousandths) / 1000;
}

/** The index of the first quote after a time in brackets, with an optional host between them, or -1. */
function openingQuote(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] === QUOTE && bytes[at - 1] === BLANK) return isAfterTime(bytes, start, at) ? at : -1;
  }
  return -1;
}

function isAfterTime(bytes: Buffer, start: number, quote: number): boolean {
  const closing = beforeHost(bytes, start, quote);
  let opening = closing;
  while (opening > start && bytes[opening] !== OPENING_BRACKET && closing - opening < LONGEST_TIME) opening--;
  if (closing < 0 || bytes[opening] !== OPENING_BRACKET || !isDigit(bytes[opening + 1] ?? 0)) return false;
  // Of lines that begin with a time, only Django's are CLF.
  return opening > start || bytes[opening + 3] === SLASH;
}

/** The index of a bracket that is separated from the quote by blanks or one word only, or -1. */
function beforeHost(bytes: Buffer, start: number, quote: number): number {
  let at = quote - 1;
  while (at > start && bytes[at] === BLANK) at--;
  if (bytes[at] !== CLOSING_BRACKET) {
    while (at > start && bytes[at] !== BLANK) at--;
    while (at > start && bytes[at] === BLANK) at--;
  }
  return bytes[at] === CLOSING_BRACKET ? at : -1;
}

/** The index after a number or a minus, or -1. */
function afterSize(bytes: Buffer, from: number, end: number): number {
  let at = from;
  if (at < end && bytes[at] === MINUS) at++;
  else while (at < end && isDigit(bytes[at] ?? 0)) at++;
  return at > from && (at === end || bytes[at] === BLANK) ? at : -1;
}

/** The seconds of a number with three decimals, optionally named, quoted or followed by a comma. NaN for others and timestamps. */
function timeAt(bytes: Buffer, from: number, to: number): number {
  let last = to;
  if (bytes[last - 1] === COMMA) last--;
  if (bytes[last - 1] === QUOTE) last--;
  if (last - 4 <= from || bytes[last - 4] !== POINT) return NaN;
  let first = from;
  if (!isDigit(bytes[from] ?? 0)) {
    first = afterName(bytes, from, last);
    if (first === 0 || !NAME_OF_TIME.test(bytes.toString('latin1', from, first - 1))) return NaN;
    if (bytes[first] === QUOTE) first++;
  }
  const seconds = numberAt(bytes, first, last);
  return seconds <= MOST_SECONDS ? seconds : NaN;
}

/** The index after the equals sign or colon of a name, or 0. */
function afterName(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === EQUALS || bytes[at] === COLON) return at + 1;
  return 0;
}
