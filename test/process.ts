// Starts the built service as the process that an operator starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join, resolve } from 'node:path';

export const ROOT = join(__dirname, '..');

interface Start {
  cwd?: string;
  file?: string;
  nodeOptions?: readonly string[];
  /** A program, with its parameters, that becomes the one named after them, such as `prlimit` or `nsenter`. */
  through?: readonly string[];
}

export class ServiceProcess {
  output = '';
  /** Its exit code, or null if a signal ended it. */
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly progress = new EventEmitter();

  constructor(
    variables: NodeJS.ProcessEnv = {},
    { cwd = ROOT, file = 'dist/service.js', nodeOptions = [], through = [] }: Start = {},
  ) {
    const [program, ...parameters] = [...through, process.execPath, ...nodeOptions, resolve(ROOT, file)];
    this.child = spawn(program, parameters, {
      cwd,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
        this.progress.emit('output');
      });
    }
    this.exit = once(this.child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
    void this.exit.then(() => this.progress.emit('output'));
  }

  /** The service's address, once it listens. */
  async listening(): Promise<{ url: string; port: number }> {
    const [, url = '', port = ''] = await this.logged(/Listening on (https?:\/\/[^:]+:(\d+))/);
    return { url, port: Number(port) };
  }

  /** Waits for a text in the output. Fails if the process ends without it. */
  async logged(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${this.output}`);
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
