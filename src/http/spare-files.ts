import { mostOpenFiles } from '../metrics/process-readings.js';

/**
 * File descriptors that connections leave to everything else: what Node has open itself, the logs that are followed, what
 * is opened to look for rotated files and to note where reading stands.
 */
const SPARE = 64;

/**
 * How many connections leave the last file descriptors free, so that files can still be opened: a log that is rotated
 * in the meantime would otherwise be missed.
 *
 * @param limit of open file descriptors; undefined if the system does not tell
 */
export function connectionsThatSpareFiles(limit: number | undefined = mostOpenFiles()): number {
  return limit === undefined || Number.isNaN(limit) ? Infinity : Math.max(1, limit - SPARE);
}
