// The one shape that passes a source, and what can be wrong with a candidate for it.

/** The outcome of one request. */
export interface Observation {
  /** One of the configured environments. */
  env: string;
  /** HTTP status code, an integer 100–599. */
  statuscode: number;
  /** How long the request took, from 0 to MOST_SECONDS; left out where the source does not know it. */
  seconds?: number;
}

/** Ten days. A longer duration is a mistake, such as a time in nanoseconds, and would spoil the sum until a restart. */
export const MOST_SECONDS = 864_000;

/** What is kept for each of the values that `env` may have. */
export type Environments<T extends object = object> = ReadonlyMap<unknown, T>;

/** Where observations come from: the values of the label `source`. */
export const SOURCES = ['simulator', 'http', 'websocket', 'access_log', 'broker'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a candidate is not an Observation. */
const FAULTS = [
  'not_an_object',
  'invalid_env',
  'invalid_statuscode',
  'invalid_seconds',
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

/** Why something that a source received is not recorded: the values that the label `reason` may have there. */
export const REASONS = {
  simulator: FAULTS,
  http: [...FAULTS, ...ENVELOPE, ...REQUEST],
  websocket: [...FAULTS, ...ENVELOPE, ...MESSAGE],
  access_log: [...FAULTS, ...LINE],
  broker: [...FAULTS, ...ENVELOPE, ...DELIVERY],
} as const satisfies Record<Source, readonly string[]>;
export type Reason<S extends Source = Source> = (typeof REASONS)[S][number];

/**
 * Returns what is kept for its environment if the candidate is an Observation, and otherwise the first thing that is wrong
 * with it. By hand, because every observation passes here and a schema library takes several times as long
 * (docs/decisions/0004).
 */
export function check<T extends object>(candidate: unknown, environments: Environments<T>): T | Fault {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return 'not_an_object';
  const { env, statuscode, seconds }: { env?: unknown; statuscode?: unknown; seconds?: unknown } = candidate;
  const kept = environments.get(env);
  if (kept === undefined) return 'invalid_env';
  if (!isStatusCode(statuscode)) return 'invalid_statuscode';
  if (seconds !== undefined && !isDuration(seconds)) return 'invalid_seconds';
  for (const key in candidate) {
    if (key !== 'env' && key !== 'statuscode' && key !== 'seconds') return 'unknown_key';
  }
  return kept;
}

function isStatusCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MOST_SECONDS;
}

/** What is wrong with a candidate, for whoever sent it. */
export interface ObservationProblem {
  /** The field that is at fault; missing if the candidate as a whole is. */
  field?: string;
  /** A sentence that names the value and what is allowed. */
  detail: string;
}

/** Puts the fault that `check` found into words. */
export function explain(candidate: unknown, fault: Fault, environments: Environments): ObservationProblem {
  const fields: Readonly<Record<string, unknown>> = { ...Object(candidate) };
  switch (fault) {
    case 'not_an_object':
      return { detail: `${shown(candidate)} is not an object` };
    case 'invalid_env':
      return about('env', fields['env'], `is not one of ${[...environments.keys()].join(', ')}`);
    case 'invalid_statuscode':
      return about('statuscode', fields['statuscode'], 'is not an integer from 100 to 599');
    case 'invalid_seconds':
      return about('seconds', fields['seconds'], `is not a number from 0 to ${MOST_SECONDS}`);
    default: {
      const key = Object.keys(fields).find((name) => !KEYS.has(name)) ?? '';
      return { field: key.slice(0, LONGEST_SHOWN), detail: `${shown(key)} is not a key of an observation` };
    }
  }
}

const KEYS: ReadonlySet<string> = new Set(['env', 'statuscode', 'seconds']);

/** Characters of a sender's text that are repeated to it. */
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
