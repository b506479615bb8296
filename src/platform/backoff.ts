/** Milliseconds. */
const SHORTEST = 250;
const LONGEST = 30_000;

/**
 * How long to wait, in milliseconds, after so many attempts in a row have failed: twice as long each time, and at random
 * between the half and the whole of it, so that replicas do not come back all at once.
 *
 * @param random from 0 to below 1
 */
export function pauseAfter(failures: number, random = Math.random()): number {
  return Math.min(LONGEST, SHORTEST * 2 ** failures) * (0.5 + random / 2);
}
