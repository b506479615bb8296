import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { kill, start } from './child.js';
import type { Candidate, Sample } from './compare.js';
import { CODES, ENVIRONMENTS, oneOfEach } from './observations.js';
import { bodyOf, type Program } from './programs.js';

/** Milliseconds after which a program is given up that does not answer. */
const LONGEST_START = 30_000;

/** Measurements that are not recorded, in which the server's code becomes as fast as it will be. */
const WARMUPS = 2;

/** A program that answers on a port, or soon will. */
export class Server {
  readonly url: string;
  private readonly started = performance.now();
  private errors = '';

  private constructor(
    readonly program: Program,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    this.url = `${program.settings?.['TLS_CERT_FILE'] === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
    child.stderr?.on('data', (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-2_000)));
    child.on('error', (error) => (this.errors += error.message));
  }

  /** Starts a program that may not answer yet. */
  static async start(program: Program, variables: Record<string, string> = {}): Promise<Server> {
    const port = await freePort();
    const address = { HOST: '127.0.0.1', PORT: String(port) };
    return new Server(
      program,
      port,
      start(program.command, { ...address, ...program.settings, ...variables }),
    );
  }

  get pid(): number {
    return this.child.pid ?? NaN;
  }

  /** Waits for the first answer and returns the milliseconds from the start to it. */
  async firstAnswer(path: string): Promise<number> {
    for (;;) {
      const response = await this.fetch(path).catch(() => undefined);
      await response?.arrayBuffer();
      const passed = performance.now() - this.started;
      if (response) return passed;
      const ended =
        this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
      if (ended || passed > LONGEST_START) {
        throw new Error(`${this.program.command.join(' ')} does not answer: ${this.errors}`);
      }
      await setTimeout(1);
    }
  }

  fetch(path: string, post?: { headers: Record<string, string>; body: string }): Promise<Response> {
    const headers = { ...this.program.headers, ...post?.headers };
    return fetch(this.url + path, { method: post ? 'POST' : 'GET', ...post, headers });
  }

  stop(): Promise<void> {
    return kill(this.child);
  }
}

/** Starts a program and waits until it answers. */
export async function startServer(program: Program, variables?: Record<string, string>): Promise<Server> {
  const server = await Server.start(program, variables);
  await server.firstAnswer('/some');
  return server;
}

/** Starts a program with a `response_code` series for each environment and code of the tutorial. */
export async function startFilled(program: Program): Promise<Server> {
  if (program.prefills) return startServer(program, { PREFILL: '1' });
  const server = await startServer(program);
  const { path, format } = program.push;
  const { body, contentType } = bodyOf(format, oneOfEach(ENVIRONMENTS, CODES));
  const response = await server.fetch(path, {
    headers: { 'Content-Type': contentType },
    body,
  });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return server;
}

/** A server that is started once and measured in all rounds. */
export function served(
  program: Program,
  measure: (server: Server) => Promise<Sample>,
  startIt: (program: Program) => Promise<Server> = startServer,
): Candidate {
  let server: Server | undefined;
  return {
    name: program.name,
    prepare: async () => {
      server = await startIt(program);
      for (let i = 0; i < WARMUPS; i++) await measure(server);
    },
    measure: () => {
      if (!server) throw new Error(`${program.name} has not been started`);
      return measure(server);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gives no port');
  return address.port;
}
