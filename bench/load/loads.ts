// Starts the processes that put a server under load.
import { Child } from '../processes/child.js';
import { outcomeOf, scriptCommand } from '../processes/script.js';
import type { Server } from '../server.js';
import type { FloodJob, FloodOutcome } from './flood.js';
import type { HttpJob, HttpOutcome } from './http.js';
import type { IdleJob } from './idle.js';
import type { PacedJob, PacedOutcome } from './paced.js';
import type { ScrapesJob, ScrapesOutcome } from './scrapes.js';

/** Files that a process may open that holds thousands of connections. */
export const MANY_FILES = 16_384;

type For<J> = Omit<J, 'pid' | 'port' | 'path'>;

export function askOverAndOver({ pid, port }: Server, job: For<HttpJob>): Promise<HttpOutcome> {
  return outcomeOf('load/http.ts', { ...job, pid, port } satisfies HttpJob, { side: 'load' });
}

export function pushPaced({ port }: Server, job: For<PacedJob>): Promise<PacedOutcome> {
  return outcomeOf('load/paced.ts', { ...job, port } satisfies PacedJob, { side: 'load' });
}

export function scrapeRegularly({ port }: Server, job: For<ScrapesJob>): Promise<ScrapesOutcome> {
  return outcomeOf('load/scrapes.ts', { ...job, port } satisfies ScrapesJob, { side: 'load' });
}

export function flood(
  { pid, port, program: { webSocket } }: Server,
  { batch, seconds }: Pick<FloodJob, 'batch' | 'seconds'>,
): Promise<FloodOutcome> {
  const event = batch === 1 ? webSocket.single : webSocket.batch;
  const job: FloodJob = { pid, port, path: webSocket.path, event, batch, seconds };
  return outcomeOf('load/flood.ts', job, { side: 'load' });
}

/** Connects clients that do nothing; ends when they are connected, and they stay until they are stopped. */
export async function connectIdle(server: Server, clients: number): Promise<Child> {
  const job: IdleJob = { port: server.port, path: server.program.webSocket.path, clients };
  const options = { side: 'load', openFiles: MANY_FILES } as const;
  const child = new Child(scriptCommand('load/idle.ts', job), options, 'read');
  const { done } = await child.lines().next();
  if (done) throw child.failure('it ended before all clients were connected');
  return child;
}
