// Starts every process of a run and kills it when the run ends.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Servers and load run on processors of their own where the system allows it. */
export type Side = 'server' | 'load';

export const ROOT = join(import.meta.dirname, '../..');

/** The working directory of all processes; it is deleted when the run ends. */
export const WORKPLACE = mkdtempSync(join(tmpdir(), 'service-collector-bench-'));

const processors = twoProcessors();

export const PINNING = processors
  ? `servers on processor ${processors.server}, load on processor ${processors.load}`
  : 'none: it needs Linux, taskset and two processors';

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(WORKPLACE, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/** Moves this process, which opens WebSockets and measures, to the side of the load. */
export function pinThisProcess(): void {
  if (processors) spawnSync('taskset', ['-a', '-c', '-p', processors.load, String(process.pid)]);
}

/** The command that runs a compiled script of this folder. */
export function script(path: string, ...args: string[]): string[] {
  return [process.execPath, join(import.meta.dirname, `${path}.js`), ...args];
}

/** Starts a server. Its standard error tells why it ended. */
export function start(command: readonly string[], variables: Record<string, string>): ChildProcess {
  const [program = '', ...args] = pinned('server', command);
  const env = { PATH: process.env['PATH'], ...variables };
  return registered(spawn(program, args, { cwd: WORKPLACE, env, stdio: ['ignore', 'ignore', 'pipe'] }));
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws {Error} with its standard error, if it fails
 */
export async function run(command: readonly string[], side: Side): Promise<string> {
  const [program = '', ...args] = pinned(side, command);
  const options = { cwd: WORKPLACE, env: { PATH: process.env['PATH'] } };
  const result = promisify(execFile)(program, args, options);
  registered(result.child);
  return (await result).stdout;
}

export async function kill(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

export async function killAll(): Promise<void> {
  await Promise.all([...running].map(kill));
}

function registered(child: ChildProcess): ChildProcess {
  running.add(child);
  const forget = (): void => void running.delete(child);
  return child.once('exit', forget).once('error', forget);
}

function pinned(side: Side, command: readonly string[]): string[] {
  return processors ? ['taskset', '-c', processors[side], ...command] : [...command];
}

function twoProcessors(): Record<Side, string> | undefined {
  if (process.platform !== 'linux' || spawnSync('taskset', ['-V']).status !== 0) return undefined;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const [server, load] = list.split(/[,-]/); // "0-3" or "2,5": the ends of ranges are allowed too
  return server === undefined || load === undefined ? undefined : { server, load };
}
