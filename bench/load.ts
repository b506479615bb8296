// Puts servers under load: requests by wrk, since one core of JavaScript sends fewer than some servers answer, and
// WebSocket frames that are made only once.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WebSocket } from 'ws';
import { CLOSE, frame, TEXT } from '../test/raw-websocket.js';
import { ROOT, run, WORKPLACE } from './child.js';
import { OURS } from './compare.js';
import { labelled, observations } from './observations.js';
import { bodyOf } from './programs.js';
import type { Server } from './server.js';
import { cpuSeconds } from './usage.js';
import { openWebSocket } from './websocket.js';

/** Observations that are handed to a socket at once. */
const PER_WRITE = 1_000;

/** Different bodies that take turns. */
const BODIES = 8;

/** WebSockets that are opened at the same time. */
const AT_ONCE = 64;

export interface Requests {
  perSecond: number;
  /** Milliseconds. */
  p99: number;
  /** The share of its processor that the server used. */
  busy: number | undefined;
}

/** GETs a path over some connections, each of which waits for its answer. */
export async function get(
  server: Server,
  path: string,
  connections: number,
  seconds: number,
): Promise<Requests> {
  return wrk(server, path, connections, seconds, []);
}

/**
 * Pushes batches over some connections, each of which waits for its answer.
 *
 * @throws {Error} if the service records fewer observations than it confirmed or more than were sent
 */
export async function push(
  server: Server,
  batch: number,
  connections: number,
  seconds: number,
): Promise<Requests & { bytes: number }> {
  const {
    push: { path, format },
    settings,
  } = server.program;
  const all = settings ? labelled(BODIES * batch) : observations(BODIES * batch);
  const bodies = Array.from({ length: BODIES }, (_, i) =>
    bodyOf(format, all.slice(i * batch, (i + 1) * batch)),
  );
  const file = join(WORKPLACE, `bodies-${format}-${batch}-${settings ? 'labelled' : 'plain'}`);
  writeFileSync(file, bodies.map(({ body }) => `${body}\n\n`).join(''));
  const before = await recordedBy(server, 'http');
  const args = [file, bodies[0]?.contentType ?? ''];
  const requests = await wrk(server, path, connections, seconds, args);
  const recorded = (await recordedBy(server, 'http')) - before;
  // When the time is over, wrk does not wait for the last answer on each connection.
  const [least, most] = [requests.answers * batch, (requests.answers + connections) * batch];
  if (recorded < least || recorded > most) {
    throw new Error(`${least} to ${most} observations were pushed, ${recorded} recorded`);
  }
  const bytes = bodies.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) / bodies.length;
  return { ...requests, bytes };
}

/**
 * Sends frames over one WebSocket as fast as the server reads them. The clock stops when the server has answered the
 * close frame: by then it has read everything.
 *
 * @throws {Error} if the service does not record every observation
 */
export async function flood(
  server: Server,
  batch: number,
  seconds: number,
): Promise<{ perSecond: number; busy: number | undefined }> {
  const { events, settings } = server.program;
  const { single, many } = events;
  const all = settings ? labelled(PER_WRITE) : observations(PER_WRITE);
  const messages = Array.from({ length: PER_WRITE / batch }, (_, i) => {
    const data = batch === 1 ? all[i] : all.slice(i * batch, (i + 1) * batch);
    return frame(TEXT, JSON.stringify({ event: batch === 1 ? single : many, data }));
  });
  const bytes = Buffer.concat(messages);

  const before = await recordedBy(server, 'websocket');
  const socket = await openWebSocket(server, '/ws/bench');
  const ended = once(socket, 'close');
  let sent = 0;
  const usage = await measured(server, async () => {
    const end = performance.now() + seconds * 1000;
    async function* frames(): AsyncGenerator<Buffer> {
      for (; performance.now() < end; sent += PER_WRITE) yield bytes;
      yield frame(CLOSE);
    }
    await pipeline(frames, socket, { end: false });
    await ended;
  });
  const recorded = (await recordedBy(server, 'websocket')) - before;
  if (server.program.name.startsWith(OURS) && recorded !== sent) {
    throw new Error(`${sent} observations were sent over a WebSocket, ${recorded} recorded`);
  }
  return { perSecond: sent / usage.seconds, busy: usage.busy };
}

/** Opens WebSockets that only answer pings; returns what closes them. */
export async function connectIdle({ port }: Server, clients: number): Promise<() => void> {
  const sockets: WebSocket[] = [];
  const connectSome = async (): Promise<void> => {
    while (sockets.length < clients) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/bench`, { perMessageDeflate: false });
      sockets.push(socket);
      await once(socket, 'open');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, connectSome));
  return () => sockets.forEach((socket) => socket.terminate());
}

async function wrk(
  server: Server,
  path: string,
  connections: number,
  seconds: number,
  args: readonly string[],
): Promise<Requests & { answers: number }> {
  const options = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '60s',
    '-s',
    join(ROOT, 'bench/wrk.lua'),
    ...Object.entries(server.program.headers ?? {}).flatMap((header) => ['-H', header.join(': ')]),
  ];
  let output = '';
  const { busy } = await measured(server, async () => {
    output = await run(['wrk', ...options, server.url + path, '--', ...args], 'load');
  });
  const outcome: { answers: number; seconds: number; p99: number; errors: number } = JSON.parse(
    output.slice(output.lastIndexOf('{')),
  );
  const { answers, errors, p99 } = outcome;
  if (errors > 0) throw new Error(`${path}: ${errors} errors and ${answers} answers`);
  return { perSecond: answers / outcome.seconds, p99, busy, answers };
}

/** The seconds that something takes, and the share of them for which the server's processor worked. */
async function measured(
  { pid }: Server,
  act: () => Promise<void>,
): Promise<{ seconds: number; busy: number | undefined }> {
  const before = cpuSeconds(pid);
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const after = cpuSeconds(pid);
  return {
    seconds,
    busy: before === undefined || after === undefined ? undefined : (after - before) / seconds,
  };
}

/** The observations that the service has recorded from a source; NaN for other servers. */
async function recordedBy(server: Server, source: 'http' | 'websocket'): Promise<number> {
  if (!server.program.name.startsWith(OURS)) return NaN;
  const page = await (await server.fetch('/metrics')).text();
  const series = `service_collector_observations_total{source="${source}"} `;
  const line = page.split('\n').find((one) => one.startsWith(series));
  if (line === undefined) throw new Error(`no ${series}`);
  return Number(line.slice(series.length));
}
