import type { Server } from 'node:http';
import { Logger } from '@nestjs/common';
import { mostOpenFiles } from '../metrics/process-readings.js';

/**
 * File descriptors that connections leave to everything else: what Node has open itself, the logs that are followed, what
 * is opened to look for rotated files and to note where reading stands.
 */
const SPARE = 64;

/** Milliseconds between two messages about refused connections. */
const SAY_EVERY = 60_000;

/**
 * Refuses connections while the last file descriptors are left, so that files can still be opened: a log that is rotated
 * in the meantime would otherwise be missed. Whoever is connected stays so.
 *
 * @param limit of open file descriptors; undefined if the system does not tell
 */
export function spareFiles(server: Server, limit: number | undefined = mostOpenFiles()): void {
  if (limit === undefined || !Number.isFinite(limit)) return;
  const logger = new Logger('Connections');
  const most = Math.max(1, limit - SPARE);
  let said = -Infinity;
  server.maxConnections = most;
  server.on('drop', () => {
    if (performance.now() - said < SAY_EVERY) return;
    said = performance.now();
    logger.warn(`Refusing connections: ${most} are open, as many as the limit of ${limit} open files allows`);
  });
}
