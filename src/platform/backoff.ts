/** Milliseconds. */
const SHORTEST = 250;
const LONGEST = 30_000;

/**
 * Exponential backoff: milliseconds to wait after so many failed attempts in a row. The pause doubles each time, and is random
 * between half and all of that, so that replicas do not reconnect all at once.
 *
 * @param random from 0 to below 1
 */
export function pauseAfter(failures: number, random = Math.random()): number {
  return Math.min(LONGEST, SHORTEST * 2 ** failures) * (0.5 + random / 2);
}
