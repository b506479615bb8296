// Lines of keys and values, in JSON or logfmt: who writes them, and which key tells what.
import { BACKSLASH, COMMA, OPENING_BRACE, OPENING_BRACKET, POINT } from '../../platform/ascii.js';
import { afterBlanks, indexOfByte, isDigit, startsWith, statusAt } from './bytes.js';
import { Fields } from './fields.js';
import type { Format, Label, Line, Verdict } from './line.js';
import { durationAt } from './template.js';

const SLASH = 0x2f;

/**
 * A row for each writer: its name, then what its keys tell; `|` separates keys of which the first that is there counts. A duration
 * is in `s`, `ms`, `us` or `ns`, or its value has a unit (`duration`). One of the keys of `if` must be there, perhaps with a value that
 * begins as said after the colon: a number called status alone tells of no request. The first row that fits counts.
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

/** Left of the equals signs of ACCESS_LOG_FORMAT, and of WRITERS. */
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

/** An application's own message: it has one of each. */
const LEVELS = ['level', 'severity', 'lvl', 'log.level', '@l'];
const MESSAGES = ['msg', 'message', '@m', '@mt', 'textPayload'];
const LOGGER = 'logger';
const CADDY = Buffer.from('http.');
const CADDY_ACCESS = Buffer.from('http.log.access');

type Terms = ReadonlyMap<string, readonly string[]>;

/** Parses `status=res.code ms=took route=req.path`. @throws {Error} that names what is wrong with it */
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

interface Rule {
  name: string;
  status: readonly number[];
  durations: readonly { place: number; perSecond: number }[];
  needs: readonly { place: number; prefix: Buffer }[];
  method: readonly number[];
  path: readonly number[];
  service: readonly number[];
  request: readonly number[];
}

const KNOWN: readonly (readonly [name: string, terms: Terms])[] = WRITERS.trim()
  .split('\n')
  .map((row) => [row.slice(0, row.indexOf(' ')), parseTerms(row.slice(row.indexOf(' ')))]);

export const WRITER_NAMES: readonly string[] = KNOWN.map(([name]) => name);

/** The keys of some rows, and where their values are found. It keeps nothing from line to line, so all files share it. */
class Rules {
  readonly fields: Fields;
  readonly rules: readonly Rule[];
  readonly levels: readonly number[];
  readonly messages: readonly number[];
  readonly logger: number;

  /** @param declared whether the rows are from the settings: a number in `s` counts even without a fraction then */
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

const ALL_RULES = new Rules(KNOWN, false);

/** Reads lines of JSON or logfmt, and the objects at the end of Caddy's console format. */
export class KeyedLines implements Format {
  private rule: Rule | undefined;
  /** Of the line that `rule` was taken for. */
  private signature = 0;
  private form: 'JSON' | 'logfmt' = 'JSON';

  private constructor(private readonly rules: Rules) {}

  /** Of all known writers, or of one. */
  static known(wanted?: string): KeyedLines {
    const known = KNOWN.filter(([name]) => name === wanted);
    return new KeyedLines(known.length === 0 ? ALL_RULES : new Rules(known, false));
  }

  static declared(terms: Terms): KeyedLines {
    return new KeyedLines(new Rules([['declared', terms]], true));
  }

  get name(): string {
    const { rule, form } = this;
    return rule === undefined || this.rules.declared || rule.name === 'other'
      ? form
      : `${form} of ${rule.name}`;
  }

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const first = afterLogger(bytes, afterBlanks(bytes, start, end), end);
    if (first < end && bytes[first] === OPENING_BRACE) {
      this.form = 'JSON';
      return this.rules.fields.readJson(bytes, first, end)
        ? this.verdict(bytes, line, undefined)
        : 'not_json';
    }
    if (first < end && isDigit(bytes[first] ?? 0)) return this.readConsole(bytes, first, end, line);
    if (!this.rules.fields.readLogfmt(bytes, first, end)) return 'unrecognized_line';
    this.form = 'logfmt';
    return this.verdict(bytes, line, undefined);
  }

  /** `2026/11/29 12:42:11.414` tab `ERROR` tab `http.log.access.log1` tab `handled request` tab, then the object without its logger. */
  private readConsole(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const object = indexOfByte(bytes, OPENING_BRACE, start, end);
    if (bytes[start + 4] !== SLASH || object < 0) return 'unrecognized_line';
    const before = bytes.toString('latin1', start, object);
    if (!/^\d{4}\/\d\d\/\d\d [\d:.]+\t.*\t$/.test(before)) return 'unrecognized_line';
    const caddy = this.rules.rules.find(({ name }) => name === 'caddy');
    if (!before.includes('\thttp.log.access')) return 'skipped';
    return caddy && this.rules.fields.readJson(bytes, object, end)
      ? this.verdict(bytes, line, caddy)
      : 'not_json';
  }

  private verdict(bytes: Buffer, line: Line, writer: Rule | undefined): Verdict {
    const { fields } = this.rules;
    if (!writer && !this.rules.declared && fields.has(this.rules.logger)) {
      // Caddy tells of a failing request twice: in its access log, and as an error.
      if (
        this.begins(bytes, this.rules.logger, CADDY) &&
        !this.begins(bytes, this.rules.logger, CADDY_ACCESS)
      )
        return 'skipped';
    }
    const rule = writer ?? this.ruleFor(bytes);
    const place = rule && this.first(rule.status);
    const statuscode =
      place === undefined || place < 0 ? -1 : statusAt(bytes, fields.from[place] ?? 0, fields.to[place] ?? 0);
    if (!rule || statuscode < 0) {
      return this.first(this.rules.levels) >= 0 && this.first(this.rules.messages) >= 0
        ? 'skipped'
        : 'unrecognized_line';
    }
    this.rule = rule;
    this.signature = fields.signature;
    const verdict = line.take(statuscode, this.seconds(bytes, rule));
    if (verdict !== 'request') return verdict;
    if (line.wantsMethod) this.takeLabel(bytes, line, 'method', rule.method);
    if (line.wantsPath) this.takeLabel(bytes, line, 'path', rule.path);
    if (line.wantsService) this.takeLabel(bytes, line, 'service', rule.service);
    const request = this.first(rule.request);
    if (
      request >= 0 &&
      (line.wantsMethod || line.wantsPath) &&
      line.method === undefined &&
      line.path === undefined
    ) {
      line.takeRequest(bytes, fields.from[request] ?? 0, fields.to[request] ?? 0);
    }
    return verdict;
  }

  /** The lines of a writer have the same keys, so the rule of the line before mostly fits. A logger's name makes a difference. */
  private ruleFor(bytes: Buffer): Rule | undefined {
    const { fields, rules, logger } = this.rules;
    if (fields.signature === this.signature && !fields.has(logger)) return this.rule;
    return rules.find((candidate) => this.fits(bytes, candidate));
  }

  private fits(bytes: Buffer, { status, needs }: Rule): boolean {
    if (this.first(status) < 0) return false;
    if (needs.length === 0) return true;
    for (const { place, prefix } of needs) {
      if (this.rules.fields.has(place) && this.begins(bytes, place, prefix)) return true;
    }
    return false;
  }

  private begins(bytes: Buffer, place: number, prefix: Buffer): boolean {
    return startsWith(bytes, this.rules.fields.from[place] ?? 0, this.rules.fields.to[place] ?? 0, prefix);
  }

  private first(places: readonly number[]): number {
    for (const place of places) if (this.rules.fields.has(place)) return place;
    return -1;
  }

  private seconds(bytes: Buffer, { durations }: Rule): number {
    const { from, to } = this.rules.fields;
    for (const { place, perSecond } of durations) {
      if (!this.rules.fields.has(place)) continue;
      const [first = 0, last = 0] = [from[place], to[place]];
      // Who writes seconds writes a fraction of them; an integer is somebody else's milli- or microseconds.
      if (perSecond === 1 && !this.rules.declared && indexOfByte(bytes, POINT, first, last) < 0) continue;
      const seconds = durationAt(bytes, first, last, perSecond);
      if (seconds >= 0) return seconds;
    }
    return NaN;
  }

  private takeLabel(bytes: Buffer, line: Line, label: Label, places: readonly number[]): void {
    const place = this.first(places);
    if (place >= 0) line.takeLabel(label, this.text(bytes, place));
  }

  private text(bytes: Buffer, place: number): string {
    const [from = 0, to = 0] = [this.rules.fields.from[place], this.rules.fields.to[place]];
    const text = bytes.toString('utf8', from, to);
    return indexOfByte(bytes, BACKSLASH, from, to) < 0 ? text : unescaped(text);
  }
}

/** Ruby's Logger puts this before a line: `I, [2026-11-22T13:55:36.123456 #7]  INFO -- : `, and Rails a request's id in brackets. */
function afterLogger(bytes: Buffer, start: number, end: number): number {
  if (bytes[start + 1] !== COMMA || bytes[start + 3] !== OPENING_BRACKET) return start;
  const [before] = LOGGER_START.exec(bytes.toString('latin1', start, end)) ?? [''];
  return start + before.length;
}

const LOGGER_START = /^[A-Z], \[[^\]]*\] +[A-Z]+ -- [^:]*: (?:\[[^\]]*\] )*/;

function keyOf(key: string): string {
  return key.split(':')[0] ?? '';
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}
