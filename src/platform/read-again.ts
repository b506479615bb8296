import { readFileSync, statSync } from 'node:fs';

/**
 * Reads a file that will be read again.
 *
 * @throws {Error} if it cannot be read, or is a pipe: that could be read once, and would block the process until somebody writes
 */
export function readAgain(path: string): Buffer {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO())
    throw new Error(`${path} is a pipe; it must be a file, because it is read again when it changes`);
  return readFileSync(path);
}
