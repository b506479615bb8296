// The programs that write JSON or logfmt, and the meaning of their keys.
import { Fields } from './fields.js';

/**
 * A row for each writer: its name, then the meaning of its keys. `|` separates keys, of which the first that exists counts. A
 * duration is in `s`, `ms`, `us` or `ns`, or its value has a unit (`duration`). One of the keys of `if` must exist, with a value that
 * begins with the text after a colon, if any, because a status alone does not mean a request. The first row that matches counts.
 */
const WRITERS = `
traefik     status=DownstreamStatus ns=Duration method=RequestMethod route=RequestPath service=RouterName|ServiceName
caddy       status=status s=duration method=request.method route=request.uri service=request.host if=logger:http.log.access
ecs         status=http.response.status_code ns=event.duration method=http.request.method route=url.original|url.path service=service.name
kong        status=response.status ms=latencies.request method=request.method route=request.uri|request.url service=service.name if=latencies.request
google      status=httpRequest.status duration=httpRequest.latency method=httpRequest.requestMethod route=httpRequest.requestUrl
winston     status=meta.res.statusCode ms=meta.responseTime method=meta.req.method route=meta.req.url if=meta.req.method
pino        status=res.statusCode ms=responseTime method=req.method route=req.url if=responseTime|req.method
serilog     status=StatusCode ms=Elapsed method=RequestMethod route=RequestPath if=RequestMethod
envoy       status=response_code ms=duration method=method route=path service=authority|upstream_cluster
echo        status=status duration=latency_human method=method route=uri service=host if=latency_human
lograge     status=status ms=duration method=method route=path if=controller
heroku      status=status duration=service method=method route=path service=host if=dyno
nginx       status=status s=request_time method=request_method|method route=request_uri|uri|path request=request service=proxy_upstream_name|vhost|host|http_host|server_name if=request_time
other       status=status|status_code|statusCode|http_status|response_status|http.status_code ms=duration_ms|latency_ms|elapsed_ms|response_time_ms|durationMs|responseTimeMs us=duration_us|latency_us ns=duration_ns|latency_ns s=duration_s|duration_seconds|latency_seconds duration=duration|latency|elapsed|took|response_time method=method|request_method|http_method|requestMethod|http.method route=path|uri|url|request_uri|request_path|requestUrl|http.url request=request service=service|vhost|host if=method|request_method|http_method|requestMethod|http.method|request|uri|url|request_uri|request_path|requestUrl
`;

const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9, duration: NaN };

/** The names before the equals signs in ACCESS_LOG_FORMAT and WRITERS. */
const TERMS: ReadonlySet<string> = new Set([
  'status',
  ...Object.keys(UNITS),
  'method',
  'route',
  'path',
  'service',
  'request',
  'if',
]);

/** An application's own message has one of these keys and one of the next. */
const LEVELS = ['level', 'severity', 'lvl', 'log.level', '@l'];
const MESSAGES = ['msg', 'message', '@m', '@mt', 'textPayload'];
const LOGGER = 'logger';

export type Terms = ReadonlyMap<string, readonly string[]>;

/** Parses `status=res.code ms=took route=req.path`. @throws {Error} that names the problem */
export function parseTerms(text: string): Terms {
  const terms = new Map<string, string[]>();
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf('=');
    const term = word.slice(0, equals);
    if (!TERMS.has(term)) throw new Error(`"${word}" is not one of ${[...TERMS].join('=…, ')}=…`);
    if (terms.has(term)) throw new Error(`has ${term}= twice`);
    const keys = word.slice(equals + 1).split('|');
    if (keys.includes('')) throw new Error(`"${word}" names no key`);
    terms.set(term === 'path' ? 'route' : term, keys);
  }
  if (!terms.has('status')) throw new Error('has no status=…');
  return terms;
}

export interface Rule {
  name: string;
  status: readonly number[];
  durations: readonly { place: number; perSecond: number }[];
  needs: readonly { place: number; prefix: Buffer }[];
  method: readonly number[];
  path: readonly number[];
  service: readonly number[];
  request: readonly number[];
}

export const KNOWN: readonly (readonly [name: string, terms: Terms])[] = WRITERS.trim()
  .split('\n')
  .map((row) => [row.slice(0, row.indexOf(' ')), parseTerms(row.slice(row.indexOf(' ')))]);

export const WRITER_NAMES: readonly string[] = KNOWN.map(([name]) => name);

/** The keys of some rows, and where to find their values. It has no state, so all files share it. */
export class Rules {
  readonly fields: Fields;
  readonly rules: readonly Rule[];
  readonly levels: readonly number[];
  readonly messages: readonly number[];
  readonly logger: number;

  /** @param declared whether the rows are from the settings, so that a number in `s` counts even without a fraction */
  constructor(
    rows: readonly (readonly [name: string, terms: Terms])[],
    readonly declared: boolean,
  ) {
    const keys = rows.flatMap(([, terms]) => [...terms.values()].flat());
    const fields = new Fields([...keys.map(keyOf), ...LEVELS, ...MESSAGES, LOGGER]);
    const places = (all: readonly string[] = []): number[] => all.map((key) => fields.placeOf(keyOf(key)));
    this.fields = fields;
    this.levels = places(LEVELS);
    this.messages = places(MESSAGES);
    this.logger = fields.placeOf(LOGGER);
    this.rules = rows.map(([name, terms]) => ({
      name,
      status: places(terms.get('status')),
      durations: Object.entries(UNITS).flatMap(([unit, perSecond]) =>
        places(terms.get(unit)).map((place) => ({ place, perSecond })),
      ),
      needs: (terms.get('if') ?? []).map((key) => ({
        place: fields.placeOf(keyOf(key)),
        prefix: Buffer.from(key.slice(keyOf(key).length + 1)),
      })),
      method: places(terms.get('method')),
      path: places(terms.get('route')),
      service: places(terms.get('service')),
      request: places(terms.get('request')),
    }));
  }
}

export const ALL_RULES = new Rules(KNOWN, false);

function keyOf(key: string): string {
  return key.split(':')[0] ?? '';
}
