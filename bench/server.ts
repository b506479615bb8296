import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { CODES, ENVIRONMENTS, type Observation, oneOfEach } from './load/observations.js';
import { bodyOf } from './load/requests.js';
import { freePort } from './processes/free-port.js';
import { Child, type ChildOptions } from './processes/child.js';
import type { Program } from './programs.js';

/** Milliseconds after which a program is given up that does not listen. */
const LONGEST_START = 30_000;

/** Observations that are pushed at once to fill a server. */
const FILL_BATCH = 1_000;

export type ServerOptions = Omit<ChildOptions, 'side'>;

/** Starts a program on a port of its own; it may not listen yet. */
export async function spawnServer(
  program: Program,
  { variables, ...options }: ServerOptions = {},
): Promise<Server> {
  const port = await freePort();
  const address = { HOST: '127.0.0.1', PORT: String(port) };
  return new Server(program, port, { variables: { ...address, ...variables }, ...options });
}

/** Starts a program and waits until it listens. */
export async function startServer(program: Program, options?: ServerOptions): Promise<Server> {
  const server = await spawnServer(program, options);
  await server.listening();
  return server;
}

/** Starts a program with a `response_code` series for each environment and code of the tutorial. */
export async function startFilled(program: Program): Promise<Server> {
  if (program.prefills) return startServer(program, { variables: { PREFILL: '1' } });
  const server = await startServer(program);
  await server.fill(oneOfEach(ENVIRONMENTS, CODES));
  return server;
}

/** A program that listens on a port, or soon will. */
export class Server {
  private readonly started = performance.now();
  private readonly child: Child;

  constructor(
    readonly program: Program,
    readonly port: number,
    options: ServerOptions,
  ) {
    this.child = new Child(program.command, { side: 'server', ...options });
  }

  get pid(): number {
    return this.child.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Milliseconds from the start of the program to its first answer to a scrape. */
  async firstScrape(): Promise<number> {
    for (;;) {
      const response = await fetch(`${this.url}/metrics`).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.ok) return performance.now() - this.started;
      await this.pause(1);
    }
  }

  async fill(all: readonly Observation[]): Promise<void> {
    for (let i = 0; i < all.length; i += FILL_BATCH) {
      const { push } = this.program;
      const { body, contentType } = bodyOf(push, all.slice(i, i + FILL_BATCH));
      const headers = { 'Content-Type': contentType };
      const response = await fetch(this.url + push.path, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`${push.path} answers ${response.status}: ${await response.text()}`);
    }
  }

  /** The value of one series, as it is scraped. */
  async sample(series: string): Promise<number> {
    const exposition = await (await fetch(`${this.url}/metrics`)).text();
    const line = exposition.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  async listening(): Promise<void> {
    while (!(await this.listens())) await this.pause(10);
  }

  private async listens(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return listens;
  }

  private async pause(milliseconds: number): Promise<void> {
    if (this.child.ended) throw this.child.failure('it ended before it listened');
    if (performance.now() - this.started > LONGEST_START) throw this.child.failure('it does not listen');
    await setTimeout(milliseconds);
  }
}
