// Starts a program, collects what it prints, and ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

interface Start {
  cwd?: string;
  /** Its environment; by default, that of the tests. */
  env?: NodeJS.ProcessEnv;
}

export class Program implements AsyncDisposable {
  output = '';
  /** The part of the output that went to stderr. */
  errors = '';
  /** Its exit code, or null if a signal ended it. */
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;
  private ended = false;
  private readonly progress = new EventEmitter();

  constructor([program = '', ...parameters]: readonly string[], { cwd, env }: Start = {}) {
    this.child = spawn(program, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
        this.progress.emit('output');
      });
    }
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.exit = once(this.child, 'close').then(([code]) => {
      this.ended = true;
      this.progress.emit('output');
      return typeof code === 'number' ? code : null;
    });
  }

  /** Waits for a text in the output, from an index on. Fails if the program ends without it. */
  async logged(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output.slice(from));
      if (found) return found;
      if (this.ended) throw new Error(`it ended without ${pattern}:\n${this.output}`);
      await once(this.progress, 'output');
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.exit;
  }
}
