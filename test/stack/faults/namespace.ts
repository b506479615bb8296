// A mount and a network namespace of their own, which end with the process that holds them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Namespace implements AsyncDisposable {
  private constructor(private readonly holder: ChildProcess) {}

  static async open(): Promise<Namespace> {
    const holder = spawn(
      'unshare',
      ['--mount', '--net', 'sh', '-c', 'ip link set lo up && echo && exec cat'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    if (!Buffer.isBuffer(first)) throw new Error('there are no namespaces; unshare needs root');
    return new Namespace(holder);
  }

  /** What makes a program run in it, in front of its name. */
  get enter(): readonly string[] {
    return ['nsenter', `--target=${this.holder.pid}`, '--mount', '--net', '--wd=/'];
  }

  /** The path of the same file, seen from outside. */
  outside(path: string): string {
    return `/proc/${this.holder.pid}/root${path}`;
  }

  get pid(): number | undefined {
    return this.holder.pid;
  }

  /** Runs a program in it, and returns what it printed. */
  async run(...command: readonly string[]): Promise<string> {
    const [program = '', ...parameters] = [...this.enter, ...command];
    return (await run(program, parameters, { maxBuffer: 2 ** 26 })).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.holder.exitCode !== null) return;
    this.holder.stdin?.end();
    await once(this.holder, 'exit');
  }
}
