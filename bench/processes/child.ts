// Every process that a run starts is started here, and none outlives the run.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { WORKPLACE } from '../paths.js';
import { pinned, type Side } from './pinning.js';

const running = new Set<Child>();

process.on('exit', () => {
  for (const child of running) child.kill();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // By convention a process that a signal ended exits with 128 and the signal's number.
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/** Ends what is still running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}

export interface ChildOptions {
  side: Side;
  variables?: Record<string, string>;
  /** How many files and sockets it may have open; the system's default if not given. */
  openFiles?: number;
}

export class Child {
  /** The last that it wrote on standard error. */
  errors = '';
  private readonly child: ChildProcess;
  private readonly exit: Promise<number | null>;

  constructor(
    private readonly command: readonly string[],
    { side, variables = {}, openFiles }: ChildOptions,
    output: 'ignored' | 'read' = 'ignored',
  ) {
    const limited =
      openFiles === undefined
        ? command
        : ['sh', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'sh', ...command];
    const [program = '', ...args] = pinned(side, limited);
    // A process group of its own, so that what it may start itself ends with it.
    this.child = spawn(program, args, {
      cwd: WORKPLACE,
      env: { PATH: process.env['PATH'], ...variables },
      stdio: ['ignore', output === 'read' ? 'pipe' : 'ignore', 'pipe'],
      detached: true,
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2_000);
    });
    running.add(this);
    this.exit = once(this.child, 'close').then(
      ([code]) => (typeof code === 'number' ? code : null),
      (error: unknown) => {
        this.errors += String(error);
        return null;
      },
    );
    void this.exit.then(() => running.delete(this));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw this.failure('it did not start');
    return this.child.pid;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The lines it writes on standard output, if that is read. */
  async *lines(): AsyncGenerator<string> {
    if (this.child.stdout) yield* createInterface({ input: this.child.stdout });
  }

  /** @throws {Error} if it ends with something else than 0 */
  async succeeded(): Promise<void> {
    const code = await this.exit;
    if (code !== 0) throw this.failure(`it ended with ${code}`);
  }

  failure(what: string): Error {
    return new Error(`${this.command.join(' ')}: ${what}\n${this.errors}`.trimEnd());
  }

  kill(): void {
    if (this.child.pid === undefined || this.ended) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }

  async stop(): Promise<void> {
    this.kill();
    await this.exit;
  }
}
