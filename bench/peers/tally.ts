// The least that has to happen to an observation: it is checked, and counted in plain arrays.

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const counts = new Map(['testing', 'production'].map((env) => [env, emptyCounts()]));

/** Counts one observation; false if it is not one. */
export function tally(candidate: unknown): boolean {
  if (typeof candidate !== 'object' || candidate === null) return false;
  if (!('env' in candidate && 'statuscode' in candidate && 'seconds' in candidate)) return false;
  const { env, statuscode, seconds } = candidate;
  if (typeof env !== 'string' || typeof statuscode !== 'number' || typeof seconds !== 'number') return false;
  const known = counts.get(env);
  if (!known || !(statuscode >= 100 && statuscode < 600) || !(seconds >= 0)) return false;
  known.codes[statuscode] = (known.codes[statuscode] ?? 0) + 1;
  const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) known.buckets[bucket] = (known.buckets[bucket] ?? 0) + 1;
  known.sum += seconds;
  return true;
}

function emptyCounts(): { codes: Float64Array; buckets: Float64Array; sum: number } {
  return { codes: new Float64Array(600), buckets: new Float64Array(BOUNDS.length), sum: 0 };
}
