import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type as system } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.js';
import { PINNING } from './processes/pinning.js';

const PACKAGES = ['@nestjs/core', 'express', 'ws', 'prom-client', '@willsoto/nestjs-prometheus'];

/** Where and with what a run was made, by the names under which that is reported. */
export function machine(): Record<string, string> {
  const commit = commitHere();
  return {
    date: new Date().toISOString(),
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: `${system()} ${release()}`,
    pinning: PINNING,
    node: process.version,
    'service-collector': versionIn('.') + (commit === undefined ? '' : ` (${commit})`),
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionIn(`node_modules/${name}`)])),
  };
}

function versionIn(directory: string): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(ROOT, directory, 'package.json'), 'utf8'),
  );
  return version;
}

/** The commit that is measured, if this is a git repository. */
function commitHere(): string | undefined {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
