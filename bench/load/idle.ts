// A process of its own: WebSocket clients that do nothing but answer pings. Prints a line once all are connected, and
// holds them until it is ended.
import { frame, PING, PONG } from './frames.js';
import { openWebSocket } from './websocket.js';

export interface IdleJob {
  port: number;
  path: string;
  clients: number;
}

/** Clients that connect at the same time. */
const AT_ONCE = 64;

const job: IdleJob = JSON.parse(process.argv[2] ?? '');
const pong = frame(PONG);
let left = job.clients;

async function connectSome(): Promise<void> {
  while (left-- > 0) {
    await openWebSocket(job.port, job.path, (opcode, socket) => {
      if (opcode === PING) socket.write(pong);
    });
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, connectSome));
process.stdout.write('{"connected":true}\n');
