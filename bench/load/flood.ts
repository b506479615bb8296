// A process of its own: one WebSocket client that sends as fast as the server takes it, and reads what it is answered.
// The clock stops when the server answers the close frame, since it has read everything by then.
import { once } from 'node:events';
import { cpuSeconds } from '../processes/usage.js';
import { CLOSE, frame, TEXT } from './frames.js';
import { observations } from './observations.js';
import { openWebSocket } from './websocket.js';

export interface FloodJob {
  /** The server's process. */
  pid: number;
  port: number;
  path: string;
  /** The `event` of the messages. */
  event: string;
  /** Observations a message; a single one is not put into an array. */
  batch: number;
  seconds: number;
}

export interface FloodOutcome {
  /** Observations a second. */
  perSecond: number;
  observations: number;
  /** The share of its processor that the server used. */
  busy: number | undefined;
}

/** Observations that are handed to the socket at once. */
const PER_WRITE = 1_000;

const job: FloodJob = JSON.parse(process.argv[2] ?? '');
const all = observations(Math.max(PER_WRITE, job.batch));
const messages = Array.from({ length: Math.floor(all.length / job.batch) }, (_, i) => {
  const data = job.batch === 1 ? all[i] : all.slice(i * job.batch, (i + 1) * job.batch);
  return frame(TEXT, JSON.stringify({ event: job.event, data }));
});
const bytes = Buffer.concat(messages);

let closed = (): void => {};
const closing = new Promise<void>((resolve) => (closed = resolve));
const socket = await openWebSocket(job.port, job.path, (opcode) => {
  if (opcode === CLOSE) closed();
});

const cpu = cpuSeconds(job.pid);
const start = performance.now();
let writes = 0;
while (performance.now() - start < job.seconds * 1000) {
  writes++;
  if (!socket.write(bytes)) await once(socket, 'drain');
}
socket.write(frame(CLOSE));
await closing;
const seconds = (performance.now() - start) / 1000;
const cpuNow = cpuSeconds(job.pid);
socket.destroy();

const sent = writes * messages.length * job.batch;
const outcome: FloodOutcome = {
  perSecond: sent / seconds,
  observations: sent,
  busy: cpu === undefined || cpuNow === undefined ? undefined : (cpuNow - cpu) / seconds,
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);
