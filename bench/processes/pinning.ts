// Keeps servers and load on processors of their own, where the system can.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpusOf } from './cpus.js';

/** What a process is to be kept apart from: the servers from the load. */
export type Side = 'server' | 'load';

const cpus = twoCpus();

/** For the report. */
export const PINNING = cpus
  ? `servers on processor ${cpus.server}, load on processor ${cpus.load}`
  : 'none, for want of taskset or of a second processor';

/** The command that runs a command on the processor of its side. */
export function pinned(side: Side, command: readonly string[]): string[] {
  return cpus ? ['taskset', '-c', String(cpus[side]), ...command] : [...command];
}

/** Moves this process, which measures, to the side of the load. */
export function pinThisProcess(): void {
  if (cpus) spawnSync('taskset', ['-a', '-c', '-p', String(cpus.load), String(process.pid)]);
}

function twoCpus(): Record<Side, number> | undefined {
  if (process.platform !== 'linux' || spawnSync('taskset', ['-V']).status !== 0) return undefined;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const [server, load] = cpusOf(list);
  return server === undefined || load === undefined ? undefined : { server, load };
}
