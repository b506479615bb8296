import { messageOf } from '../../platform/message-of.js';
import { Combined } from './combined.js';
import { Detection } from './detection.js';
import { type Dialect, type DialectName, DIALECTS, partsOf, unwrap } from './dialects.js';
import type { Format, MakeFormat } from './line.js';
import { COMBINED_NAMES, PRESET_NAMES, presets } from './presets.js';
import { Template } from './template.js';
import { W3c } from './w3c.js';
import { KeyedLines } from './keyed-lines.js';
import { parseTerms, WRITER_NAMES } from './writers.js';

const PREFIX = /^(nginx|apache|haproxy|envoy):\s*/;

/** All names that ACCESS_LOG_FORMAT knows. */
export const FORMAT_NAMES: readonly string[] = [
  'auto',
  ...new Set([...COMBINED_NAMES, ...PRESET_NAMES, ...WRITER_NAMES, 'json', 'w3c', 'iis']),
].filter((name) => name !== 'other');

/**
 * Parses a value of ACCESS_LOG_FORMAT: `auto`, a name, `status=… ms=… method=… route=…`, or a format as in the configuration of
 * nginx, Apache, HAProxy or Envoy.
 *
 * @throws {Error} whose message names the problem and its position in a format
 */
export function parseFormat(text: string): MakeFormat {
  const trimmed = text.trim();
  if (FORMAT_NAMES.includes(trimmed)) return () => named(trimmed);
  const [prefix = '', dialectName] = PREFIX.exec(trimmed) ?? [];
  const format = trimmed.slice(prefix.length);
  if (!/[$%]/.test(format)) {
    if (!format.includes('=')) throw new Error(`is neither a format nor one of ${FORMAT_NAMES.join(', ')}`);
    const terms = parseTerms(format);
    return () => KeyedLines.declared(terms);
  }
  return inDialect(format, isDialect(dialectName) ? dialectName : dialectOf(format));
}

function isDialect(name: string | undefined): name is DialectName {
  return name !== undefined && Object.hasOwn(DIALECTS, name);
}

function named(name: string): Format {
  if (name === 'auto') return Detection.ofAll();
  const formats: Format[] = presets(name);
  if (COMBINED_NAMES.includes(name)) formats.push(new Combined());
  if (WRITER_NAMES.includes(name)) formats.push(KeyedLines.known(name));
  if (name === 'json') formats.push(KeyedLines.known());
  const [first = new W3c(), ...others] = formats;
  return new Detection([first, ...others]);
}

/** The dialect of a format: by its keyword, by syntax that only one of them has, or as the only one that knows all variables. */
function dialectOf(format: string): DialectName {
  const names = ['nginx', 'apache', 'haproxy', 'envoy'] as const;
  const byKeyword = names.find((name) => DIALECTS[name].keyword.test(format));
  if (byKeyword) return byKeyword;
  if (format.includes('$')) return 'nginx';
  if (/%[A-Z_]{3,}(?:\([^)]*\))?(?::\d+)?%/.test(format)) return 'envoy';
  const [isApache, isHaproxy] = [understands('apache', format), understands('haproxy', format)];
  if (isApache !== isHaproxy) return isApache ? 'apache' : 'haproxy';
  if (isApache) throw new Error('could be Apache\'s or HAProxy\'s: put "apache:" or "haproxy:" in front');
  return /%[A-Za-z]{2}|%\[|%\{\+/.test(format) ? 'haproxy' : 'apache';
}

function understands(name: 'apache' | 'haproxy', format: string): boolean {
  try {
    inDialect(format, name);
    return true;
  } catch {
    return false;
  }
}

function inDialect(format: string, name: DialectName): MakeFormat {
  const dialect = DIALECTS[name];
  const unwrapped = unwrap(format, dialect);
  try {
    if (unwrapped.startsWith('{') && name !== 'haproxy') {
      const terms = termsOfJson(unwrapped, dialect);
      return () => KeyedLines.declared(terms);
    }
    const parts = partsOf(unwrapped, dialect);
    const make = (): Template => new Template(name, parts);
    make();
    return make;
  } catch (error) {
    throw new Error(`cannot be read as a format of ${name}: ${messageOf(error)}`, { cause: error });
  }
}

const UNITS: Readonly<Record<number, string>> = { 1: 's', 1e3: 'ms', 1e6: 'us' };

/** Reads a format that is a JSON object: the meaning of its keys. */
function termsOfJson(format: string, dialect: Dialect): ReturnType<typeof parseTerms> {
  const words = new Map<string, { key: string; rank: number }>();
  const quoted = format.replace(new RegExp(`:\\s*(${dialect.variable.source})(?=\\s*[,}])`, 'g'), ':"$1"');
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
      return;
    }
    const [variable, ...others] = partsOf(String(value), dialect);
    if (typeof variable !== 'object' || others.length > 0 || !variable.is) return;
    const { is, perSecond = 1, rank = perSecond } = variable;
    const term = is === 'seconds' ? (UNITS[perSecond] ?? 's') : is === 'path' ? 'route' : is;
    if (rank > (words.get(term)?.rank ?? -1)) words.set(term, { key: path, rank });
  };
  walk(JSON.parse(quoted), '');
  return parseTerms([...words].map(([term, { key }]) => `${term}=${key}`).join(' '));
}
