// A line of an access log → what it says of the outcome of a request. Pure, and bound to no file.
//
// Recognised are nginx's and Apache's `combined` and `common`, also with more fields after them, of which the last may
// be nginx's `$request_time`; and the JSON lines of nginx, Caddy, Traefik and Envoy.

import {
  BACKSLASH,
  BLANK,
  CLOSING_BRACKET,
  MINUS,
  NINE,
  OPENING_BRACE,
  OPENING_BRACKET,
  POINT,
  QUOTE,
  ZERO,
} from '../platform/ascii.js';
import { MOST_SECONDS } from '../recording/observation.js';

/** The outcome that a line tells of. Whether the status code is one is for the recorder to say. */
export interface Outcome {
  statuscode: number;
  /** Left out where the line does not tell, or where the unit is not known for sure. */
  seconds?: number;
}

/** Why a line yields nothing. */
export type LineFault = 'unrecognized_line' | 'not_json';

/** Takes the line that stands from `start` to `end` of a text, without its line break. */
export function parseLine(text: string, start = 0, end = text.length): Outcome | LineFault {
  return text.charCodeAt(start) === OPENING_BRACE && end > start
    ? parseJsonLine(text.slice(start, end))
    : parseCommon(text, start, end);
}

/** Characters of `[22/Nov/2026:10:00:00 +0000] "`. */
const TIME_LENGTH = 30;

/**
 * Reads `%h %l %u [%t] "%r" %>s %b` and whatever follows: https://httpd.apache.org/docs/current/logs.html#common.
 * The first `] "` ends the time, since both writers escape the quotes in what stands before it.
 */
function parseCommon(text: string, start: number, end: number): Outcome | LineFault {
  const opening = openingQuote(text, start, end);
  if (opening < start + TIME_LENGTH - 1 || text.charCodeAt(opening - TIME_LENGTH + 1) !== OPENING_BRACKET) {
    return 'unrecognized_line';
  }
  const closing = closingQuote(text, opening + 1, end);
  if (closing < 0 || text.charCodeAt(closing + 1) !== BLANK || text.charCodeAt(closing + 5) !== BLANK) {
    return 'unrecognized_line';
  }
  const statuscode = digits(text, closing + 2, closing + 5);
  if (closing + 6 >= end || statuscode < 0 || !hasSize(text, closing + 6, end)) return 'unrecognized_line';
  return outcome(statuscode, requestTime(text, closing + 6, end));
}

/** The index of the first quote that a time stands in front of, or -1. */
function openingQuote(text: string, start: number, end: number): number {
  for (let quote = indexOfQuote(text, start, end); quote >= 0; quote = indexOfQuote(text, quote + 1, end)) {
    if (text.charCodeAt(quote - 1) === BLANK && text.charCodeAt(quote - 2) === CLOSING_BRACKET) return quote;
  }
  return -1;
}

/** The index of the quote that ends a text which begins at `from`, past escaped ones, or -1. */
function closingQuote(text: string, from: number, end: number): number {
  for (let quote = indexOfQuote(text, from, end); quote >= 0; quote = indexOfQuote(text, quote + 1, end)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return -1;
}

/** Characters that are sooner looked at one by one. */
const FEW = 64;

/** `indexOf` looks as far as the text goes: with many short lines that have no quote, at most of it for each. */
function indexOfQuote(text: string, from: number, end: number): number {
  if (end - from > FEW) {
    const quote = text.indexOf('"', from);
    return quote < end ? quote : -1;
  }
  for (let at = from; at < end; at++) if (text.charCodeAt(at) === QUOTE) return at;
  return -1;
}

/** Whether a number of bytes or a minus stands there, and ends with the line or a blank. */
function hasSize(text: string, from: number, end: number): boolean {
  let at = from;
  if (text.charCodeAt(at) === MINUS) at++;
  else while (at < end && isDigit(text.charCodeAt(at))) at++;
  return at > from && (at === end || text.charCodeAt(at) === BLANK);
}

/** nginx writes `$request_time` in seconds and always with three decimals, which no other usual field has. */
function requestTime(text: string, from: number, end: number): number | undefined {
  const point = end - 4;
  if (point <= from || text.charCodeAt(point) !== POINT) return undefined;
  const thousandths = digits(text, point + 1, end);
  let first = point;
  while (first > from && isDigit(text.charCodeAt(first - 1))) first--;
  const seconds = digits(text, first, point);
  if (thousandths < 0 || seconds < 0 || text.charCodeAt(first - 1) !== BLANK) return undefined;
  return (seconds * 1000 + thousandths) / 1000;
}

/** The integer whose digits stand there, or -1 if they are none or too many for a double. */
function digits(text: string, from: number, end: number): number {
  if (from >= end || end - from > 12) return -1;
  let value = 0;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - ZERO;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** A writer of JSON lines: its field for the status code, and how long its requests take in seconds. */
interface Writer {
  status: string;
  seconds: (fields: Fields) => number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The first whose status field a line has is its writer. The unit of a duration follows from the writer alone.
 *
 * - Traefik counts in Go's nanoseconds: https://doc.traefik.io/traefik/observability/access-logs/
 * - Envoy's `%DURATION%` is in milliseconds:
 *   https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 * - nginx's `$request_time` is in seconds: https://nginx.org/en/docs/http/ngx_http_log_module.html
 * - Caddy's `duration` is in seconds, if the line comes from its access logger:
 *   https://caddyserver.com/docs/caddyfile/directives/log
 */
const WRITERS: readonly Writer[] = [
  { status: 'DownstreamStatus', seconds: ({ Duration }) => scaled(Duration, 1e9) },
  { status: 'response_code', seconds: ({ duration }) => scaled(duration, 1e3) },
  {
    status: 'status',
    seconds: ({ request_time, duration, logger }) =>
      request_time === undefined && typeof logger === 'string' && logger.startsWith('http.log.access')
        ? scaled(duration, 1)
        : scaled(request_time, 1),
  },
];

function parseJsonLine(line: string): Outcome | LineFault {
  const fields = parsed(line);
  if (fields === undefined) return 'not_json';
  const writer = WRITERS.find(({ status }) => Object.hasOwn(fields, status));
  const statuscode = writer && number(fields[writer.status]);
  if (statuscode === undefined) return 'unrecognized_line';
  return outcome(statuscode, writer?.seconds(fields));
}

function parsed(line: string): Fields | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A duration that cannot be one is left out: the code counts all the same. */
function outcome(statuscode: number, seconds = NaN): Outcome {
  return seconds >= 0 && seconds <= MOST_SECONDS ? { statuscode, seconds } : { statuscode };
}

function scaled(value: unknown, perSecond: number): number | undefined {
  const given = number(value);
  return given === undefined ? undefined : given / perSecond;
}

/** A number, or a text that is one, as nginx and Envoy write them where the format quotes every field. */
function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)) return Number(value);
  return undefined;
}
