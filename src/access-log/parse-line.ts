// A line of an access log → what it says of the outcome of a request. Pure, and bound to no file.
//
// Recognised are nginx's and Apache's `combined` and `common`, also with more fields after them, of which the last may
// be nginx's `$request_time`; and the JSON lines of nginx, Caddy, Traefik and Envoy.

/** The outcome that a line tells of. Whether the status code is one is for the recorder to say. */
export interface Outcome {
  statuscode: number;
  /** Left out where the line does not tell, or where the unit is not known for sure. */
  seconds?: number;
}

/** Why a line yields nothing. */
export type LineFault = 'unrecognized_line' | 'not_json';

/** Takes a line without its line break. */
export function parseLine(line: string): Outcome | LineFault {
  return line.startsWith('{') ? parseJson(line) : parseCommon(line);
}

/** Characters of `22/Nov/2026:10:00:00 +0000`. */
const TIME_LENGTH = 26;

/**
 * Reads `%h %l %u [%t] "%r" %>s %b` and whatever follows: https://httpd.apache.org/docs/current/logs.html#common.
 * The first `] "` ends the time, since both writers escape the quotes in what stands before it.
 */
function parseCommon(line: string): Outcome | LineFault {
  const time = line.indexOf('] "');
  if (time < TIME_LENGTH || line[time - TIME_LENGTH - 1] !== '[') return 'unrecognized_line';
  const request = closingQuote(line, time + 3);
  const fields = /^ (\d{3}) (?:\d+|-)(?: |$)/.exec(line.slice(request + 1, request + 32));
  if (request < 0 || !fields) return 'unrecognized_line';
  return outcome(Number(fields[1]), requestTime(line));
}

/** The index of the quote that ends a text which begins at `from`, past escaped ones, or -1. */
function closingQuote(line: string, from: number): number {
  for (let quote = line.indexOf('"', from); quote >= 0; quote = line.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (line[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return -1;
}

/** nginx writes `$request_time` in seconds and always with three decimals, which no other usual field has. */
function requestTime(line: string): number | undefined {
  const last = line.slice(line.lastIndexOf(' ') + 1);
  return /^\d+\.\d{3}$/.test(last) ? Number(last) : undefined;
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
      request_time === undefined && String(logger).startsWith('http.log.access')
        ? scaled(duration, 1)
        : scaled(request_time, 1),
  },
];

function parseJson(line: string): Outcome | LineFault {
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

function outcome(statuscode: number, seconds: number | undefined): Outcome {
  return seconds === undefined ? { statuscode } : { statuscode, seconds };
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
