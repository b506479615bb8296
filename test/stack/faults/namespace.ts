// A mount and a network namespace of their own, which end with the process that holds them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Program } from '../../program.js';

const run = promisify(execFile);

const HOLD = 'ip link set lo up && echo ready && exec sleep infinity';

export class Namespace extends Program {
  /** Needs root. */
  static async open(): Promise<Namespace> {
    const space = new Namespace(['unshare', '--mount', '--net', 'sh', '-c', HOLD]);
    await space.logged(/ready/);
    return space;
  }

  /** What makes a program run in it, in front of its name. */
  get enter(): readonly string[] {
    return ['nsenter', `--target=${this.pid}`, '--mount', '--net', '--wd=/'];
  }

  /** The path of the same file, seen from outside. */
  outside(path: string): string {
    return `/proc/${this.pid}/root${path}`;
  }

  /** Runs a program in it, and returns what it printed. */
  async run(...command: readonly string[]): Promise<string> {
    const [program = '', ...parameters] = [...this.enter, ...command];
    return (await run(program, parameters, { maxBuffer: 2 ** 26 })).stdout;
  }
}
