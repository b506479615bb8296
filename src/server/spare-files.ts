import { mostOpenFiles } from '../process/process-readings.js';

/**
 * File descriptors that connections leave to everything else: what Node has open itself, the logs that are followed, what
 * is opened to look for rotated files and to note where reading stands.
 */
const SPARE = 64;

/**
 * How many connections leave the last file descriptors free, so that files can still be opened: a log that is rotated
 * in the meantime would otherwise be missed. Any number where the system does not tell its limit.
 */
export function connectionsThatSpareFiles(): number {
  const limit = mostOpenFiles();
  return limit === undefined || Number.isNaN(limit) ? Infinity : Math.max(1, limit - SPARE);
}
