// The observation that every source produces, and the checks of a candidate.
import type { Labels } from './labels.js';

/** The outcome of one request. */
export interface Observation {
  /** One of the configured environments. */
  env: string;
  /** HTTP status code, an integer 100–599. */
  statuscode: number;
  /** Duration of the request, from 0 to MOST_SECONDS; absent or null if unknown. */
  seconds?: number | null | undefined;
  /** Values of the labels with these names; ignored if a label is off. `route` is a template of ROUTES, a path or a URL. */
  service?: string | null | undefined;
  method?: string | null | undefined;
  route?: string | null | undefined;
}

/** Ten days. A longer duration is a mistake, such as a time in nanoseconds, and would spoil the sum until a restart. */
export const MOST_SECONDS = 864_000;

/** The sources of observations: the values of the label `source`. */
export const SOURCES = [
  'simulator',
  'http',
  'websocket',
  'access_log',
  'syslog',
  'broker',
  'elasticsearch',
] as const;
export type Source = (typeof SOURCES)[number];

/** Sources that may receive lines or documents that are not about a request. */
export const SKIPPING: readonly Source[] = ['access_log', 'syslog', 'elasticsearch'];

/** Why a candidate is not an Observation. */
const FAULTS = [
  'not_an_object',
  'invalid_env',
  'invalid_statuscode',
  'invalid_seconds',
  'invalid_label',
  'unknown_key',
] as const;
export type Fault = (typeof FAULTS)[number];

const ENVELOPE = ['not_json', 'batch_refused', 'too_many'] as const;
const LINE = ['not_json', 'unrecognized_line', 'line_too_long'] as const;
const REQUEST = [
  'too_large',
  'unsupported_media_type',
  'incomplete',
  'unauthorized',
  'shutting_down',
] as const;
const MESSAGE = ['unknown_message', 'too_large', 'protocol_error', 'rate_limited'] as const;
const DELIVERY = ['too_large', 'unsupported_media_type', 'delivered_again'] as const;

/** Why a source rejects observations: its possible values of the label `reason`. */
export const REASONS = {
  simulator: FAULTS,
  http: [...FAULTS, ...ENVELOPE, ...REQUEST],
  websocket: [...FAULTS, ...ENVELOPE, ...MESSAGE],
  access_log: [...FAULTS, ...LINE],
  syslog: ['invalid_statuscode', ...LINE, 'incomplete', 'protocol_error'],
  broker: [...FAULTS, ...ENVELOPE, ...DELIVERY],
  elasticsearch: ['invalid_env', 'invalid_statuscode'],
} as const satisfies Record<Source, readonly string[]>;
export type Reason<S extends Source = Source> = (typeof REASONS)[S][number];

/** The keys that an observation may have, each as `unknown`. */
type Candidate = { readonly [Key in keyof Observation]?: unknown };

/**
 * Returns the first fault of a candidate; undefined if it is an Observation. Written by hand, because every observation is
 * checked here, and a schema library takes several times as long (docs/decisions/0004).
 */
export function check(candidate: unknown, labels: Labels): Fault | undefined {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return 'not_an_object';
  const { env, statuscode, seconds, service, method, route }: Candidate = candidate;
  if (labels.environment(env) < 0) return 'invalid_env';
  if (!isStatusCode(statuscode)) return 'invalid_statuscode';
  if (seconds !== undefined && seconds !== null && !isDuration(seconds)) return 'invalid_seconds';
  if (!isLabel(service) || !isLabel(method) || !isLabel(route)) return 'invalid_label';
  for (const key in candidate) if (!KEYS.has(key)) return 'unknown_key';
  return undefined;
}

const LABEL_KEYS = ['service', 'method', 'route'] as const;
const KEYS: ReadonlySet<string> = new Set(['env', 'statuscode', 'seconds', ...LABEL_KEYS]);

export function isStatusCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MOST_SECONDS;
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' || value === undefined || value === null;
}

/** A fault of a candidate, described for the sender. */
export interface ObservationProblem {
  /** The invalid field; missing if the whole candidate is invalid. */
  field?: string;
  /** A sentence with the value and the allowed values. */
  detail: string;
}

/** Describes a fault that `check` found. */
export function explain(candidate: unknown, fault: Fault, labels: Labels): ObservationProblem {
  const fields: Readonly<Record<string, unknown>> = { ...Object(candidate) };
  switch (fault) {
    case 'not_an_object':
      return { detail: `${shown(candidate)} is not an object` };
    case 'invalid_env':
      return about('env', fields['env'], `is not one of ${labels.environments.join(', ')}`);
    case 'invalid_statuscode':
      return about('statuscode', fields['statuscode'], 'is not an integer from 100 to 599');
    case 'invalid_seconds':
      return about('seconds', fields['seconds'], `is not a number from 0 to ${MOST_SECONDS}`);
    case 'invalid_label': {
      const key = LABEL_KEYS.find((name) => !isLabel(fields[name])) ?? '';
      return about(key, fields[key], 'is not a string or null');
    }
    default: {
      const key = Object.keys(fields).find((name) => !KEYS.has(name)) ?? '';
      return { field: key.slice(0, LONGEST_SHOWN), detail: `${shown(key)} is not a key of an observation` };
    }
  }
}

/** Most characters of a value that are quoted in a message. */
const LONGEST_SHOWN = 40;

function about(field: string, value: unknown, fault: string): ObservationProblem {
  return { field, detail: value === undefined ? `${field} is missing` : `${field} ${shown(value)} ${fault}` };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}
