// The one shape that passes a source, and what can be wrong with a candidate for it.

/** The outcome of one request. */
export interface Observation {
  /** One of the configured environments. */
  env: string;
  /** HTTP status code, an integer 100–599. */
  statuscode: number;
  /** How long the request took, finite and ≥ 0; left out where the source does not know it. */
  seconds?: number;
}

/** Where observations come from: the values of the label `source`. */
export const SOURCES = ['simulator'] as const;
export type Source = (typeof SOURCES)[number];

/** Why a candidate is not an Observation: the values of the label `reason`. */
export const REASONS = [
  'not_an_object',
  'invalid_env',
  'invalid_statuscode',
  'invalid_seconds',
  'unknown_key',
] as const;
export type Reason = (typeof REASONS)[number];

/**
 * Returns the candidate if it is an Observation, and otherwise the first thing that is wrong with it. By hand, because
 * every observation passes here and a schema library takes several times as long (docs/decisions/0004).
 */
export function check(candidate: unknown, environments: ReadonlySet<unknown>): Observation | Reason {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return 'not_an_object';
  const { env, statuscode, seconds }: { env?: unknown; statuscode?: unknown; seconds?: unknown } = candidate;
  if (!environments.has(env)) return 'invalid_env';
  if (!isStatusCode(statuscode)) return 'invalid_statuscode';
  if (seconds !== undefined && !isDuration(seconds)) return 'invalid_seconds';
  for (const key in candidate) {
    if (key !== 'env' && key !== 'statuscode' && key !== 'seconds') return 'unknown_key';
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just checked, field by field
  return candidate as Observation;
}

function isStatusCode(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
