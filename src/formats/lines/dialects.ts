// The variables of servers' log format languages → their meaning and unit.
import { type Part, problemAt, type Variable } from './template-parts.js';

export interface Dialect {
  /** The keyword before a format in a configuration. */
  readonly keyword: RegExp;
  /** One variable in a format. */
  readonly variable: RegExp;
  /** The meaning of a variable that `variable` matched; undefined if the server does not know it. */
  readonly meaning: (match: RegExpExecArray) => Variable | undefined;
}

const TEXT: Variable = { shape: 'text' };
const TOKEN: Variable = {};

/** Request headers whose values usually contain blanks. */
const HEADERS: Readonly<Record<string, Variable>> = {
  'user-agent': TEXT,
  referer: TEXT,
  cookie: TEXT,
  'x-forwarded-for': { shape: 'list' },
  host: { is: 'service', rank: 2 },
};

function header(name = ''): Variable {
  return HEADERS[name.toLowerCase().replaceAll('_', '-')] ?? TOKEN;
}

function duration(perSecond: number, rank = perSecond): Variable {
  return { is: 'seconds', perSecond, rank };
}

/** https://nginx.org/en/docs/varindex.html. Other variables are defined by a `map` or a module. */
const NGINX: Readonly<Record<string, Variable>> = {
  status: { is: 'status' },
  request_time: duration(1),
  request: { is: 'request', shape: 'text' },
  request_method: { is: 'method' },
  request_uri: { is: 'path', rank: 2 },
  uri: { is: 'path', rank: 1 },
  document_uri: { is: 'path', rank: 1 },
  proxy_upstream_name: { is: 'service', rank: 4 },
  host: { is: 'service', rank: 3 },
  server_name: { is: 'service', rank: 1 },
  remote_user: TEXT,
  time_local: { shape: 'words', words: 2 },
};

const nginx: Dialect = {
  keyword: /^log_format\s+\S+\s+(?:escape=\w+\s+)?/,
  variable: /\$(?:\{(\w+)\}|(\w+))/g,
  meaning: ([, braced, plain = braced]) => {
    const name = plain ?? '';
    if (name.startsWith('upstream_')) return { shape: 'list' };
    if (name.startsWith('http_')) return header(name.slice(5));
    return NGINX[name] ?? TOKEN;
  },
};

/** https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats */
const APACHE: Readonly<Record<string, Variable>> = {
  s: { is: 'status', rank: 1 },
  '>s': { is: 'status', rank: 2 },
  D: duration(1e6),
  T: duration(1),
  '{s}T': duration(1),
  '{ms}T': duration(1e3),
  '{us}T': duration(1e6),
  r: { is: 'request', shape: 'text' },
  m: { is: 'method' },
  U: { is: 'path' },
  v: { is: 'service', rank: 3 },
  V: { is: 'service', rank: 4 },
  t: { shape: 'bracketed' },
  u: TEXT,
};

const apache: Dialect = {
  keyword: /^(?:LogFormat|CustomLog\s+\S+)\s+/i,
  variable: /%(?:!?\d{3}(?:,\d{3})*)?([<>]?)(?:\{([^}]*)\})?([<>]?)(\^[A-Z]{2}|[A-Za-z])/g,
  meaning: ([, before = '', argument, after = '', letter = '']) => {
    if (letter === 'i') return header(argument);
    if (letter === 't' && argument !== undefined)
      return { shape: 'words', words: argument.split(' ').length };
    const direction = letter === 's' && (before || after) === '>' ? '>' : '';
    const known = APACHE[`${argument === undefined ? '' : `{${argument}}`}${direction}${letter}`];
    if (letter === 'T' && argument !== undefined) return known;
    return known ?? APACHE[letter] ?? (/^[aAbBCefhHIklLnoOpPqRSX^]/.test(letter) ? TOKEN : undefined);
  },
};

/** https://docs.haproxy.org/3.0/configuration.html#8.2.6 */
const HAPROXY: Readonly<Record<string, Variable>> = {
  ST: { is: 'status' },
  Ta: duration(1e3, 3),
  Tt: duration(1e3, 2),
  Tu: duration(1e3, 1),
  r: { is: 'request', shape: 'text' },
  HM: { is: 'method' },
  HU: { is: 'path', rank: 3 },
  HPO: { is: 'path', rank: 2 },
  HP: { is: 'path', rank: 1 },
  b: { is: 'service', rank: 2 },
  f: { is: 'service', rank: 1 },
  ft: { is: 'service', rank: 1 },
  hr: { shape: 'braced' },
  hs: { shape: 'braced' },
  T: { shape: 'words', words: 2 },
  Tl: { shape: 'words', words: 2 },
  trg: { shape: 'words', words: 2 },
  trl: { shape: 'words', words: 2 },
};

const HAPROXY_OTHERS =
  /^(?:o|B|CC|CS|H|HQ|HV|ID|T[cCdhiqrRw]|Ts|U|ac|bc|[bcfs][ip]|bq|fc|hrl|hsl|lc|ms|pid|rc|rt|s|sc|sq|sslc|sslv|t|tr|ts|tsc)$/;

const haproxy: Dialect = {
  keyword: /^log-format\s+/,
  variable: /%(?:\{([^}]*)\})?(?:([A-Za-z]+)|\[[^\]]*\])/g,
  meaning: ([, flags = '', name]) => {
    const known = name === undefined || HAPROXY_OTHERS.test(name) ? TOKEN : HAPROXY[name];
    return known && flags.includes('+Q') ? { ...known, shape: 'text' } : known;
  },
};

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators */
const ENVOY: Readonly<Record<string, Variable>> = {
  RESPONSE_CODE: { is: 'status' },
  DURATION: duration(1e3),
  'REQ(:METHOD)': { is: 'method' },
  'REQ(:PATH)': { is: 'path', rank: 1 },
  'REQ(X-ENVOY-ORIGINAL-PATH?:PATH)': { is: 'path', rank: 2 },
  'REQ(:AUTHORITY)': { is: 'service', rank: 2 },
  UPSTREAM_CLUSTER: { is: 'service', rank: 1 },
};

const envoy: Dialect = {
  keyword: /^(?:text_format|inline_string|format):\s*/,
  variable: /%([A-Z_0-9]+(?:\([^)]*\))?)(?::\d+)?%/g,
  meaning: ([, name = '']) => {
    const [, of] = /^REQ\(([\w-]+)\)$/.exec(name) ?? [];
    if (of !== undefined) return header(of);
    const [, time] = /^START_TIME\((.*)\)$/.exec(name) ?? [];
    return ENVOY[name] ?? (time ? { shape: 'words', words: time.split(' ').length } : TOKEN);
  },
};

/** Our own variables, for presets of programs that have no format language. */
const OWN: Readonly<Record<string, Variable>> = {
  status: { is: 'status' },
  seconds: duration(1),
  ms: duration(1e3),
  duration: duration(NaN, 1),
  'three times': { ...duration(1), shape: 'words', words: 3 },
  request: { is: 'request', shape: 'text' },
  method: { is: 'method' },
  path: { is: 'path' },
  service: { is: 'service' },
  text: TEXT,
};

const own: Dialect = {
  keyword: /^(?!)/,
  variable: /\{([\w ]*)\}/g,
  meaning: ([, name = '']) => OWN[name] ?? TOKEN,
};

export const DIALECTS = { nginx, apache, haproxy, envoy, own } as const;

export type DialectName = keyof typeof DIALECTS;

/** Splits a format into literals and variables. @throws {Error} that points at a variable which the dialect does not know */
export function partsOf(text: string, { variable, meaning }: Dialect): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(variable)) {
    const [name] = match;
    const known = meaning(match);
    if (!known) throw problemAt(match.index, `${name} is not known`);
    parts.push(text.slice(end, match.index));
    // HAProxy's formats have flags instead of quotes: a flagged value is logged in quotes.
    const quotes = /^%\{[^}]*\+Q/.test(name) ? '"' : '';
    parts.push(quotes, { ...known, name, at: match.index }, quotes);
    end = match.index + name.length;
  }
  parts.push(text.slice(end));
  return joined(parts);
}

function joined(parts: readonly Part[]): Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') whole[whole.length - 1] = last + part;
    else whole.push(part);
  }
  return whole;
}

/**
 * Extracts a format from its configuration: removes the keyword, quotes, line breaks, continuations and escapes. Text that only
 * begins with a quote, such as `"$request" $status`, is unchanged.
 */
export function unwrap(text: string, { keyword, variable }: Dialect): string {
  const format = text
    .trim()
    .replace(/\\\r?\n\s*/g, '')
    .replace(keyword, '');
  const pieces: string[] = [];
  const rest = format.replace(/\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/gsy, (_all, double, single) => {
    pieces.push(double ?? single);
    return '';
  });
  const raw = pieces.length === 0 || rest.search(variable) >= 0 ? format.replace(/;$/, '') : pieces.join('');
  return raw
    .replace(/\\(.)/gs, (_all, escaped: string) => ESCAPES[escaped] ?? escaped)
    .replace(/\r?\n\s*$/, '');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
