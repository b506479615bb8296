import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Where everything that a run writes goes, and where its processes work; it is gone when the run ends. */
export const WORKPLACE = mkdtempSync(join(tmpdir(), 'service-collector-bench-'));

process.on('exit', () => rmSync(WORKPLACE, { recursive: true, force: true }));

/** A compiled file of this folder. */
export function compiled(path: string): string {
  return join(import.meta.dirname, path.replace(/\.ts$/, '.js'));
}
