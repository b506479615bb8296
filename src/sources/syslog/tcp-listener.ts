import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Framing } from './framing.js';
import type { Intake } from './intake.js';
import type { Admits } from './senders.js';
import type { SyslogEntry } from './syslog.settings.js';

/** Most open connections from one address. */
export const MOST_CONNECTIONS = 500;

/** Milliseconds that a message may take to arrive. */
export const MESSAGE_TIMEOUT = 30_000;

/** Milliseconds of silence after which TCP keep-alive probes the sender. */
const KEEP_ALIVE = 60_000;

/** Receives messages over connections. */
export class TcpListener {
  /** The number of reads and new connections. */
  reads = 0;
  private readonly server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE }, (socket) =>
    this.accept(socket),
  );
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly entry: SyslogEntry,
    private readonly intake: Intake,
    private readonly admits: Admits,
  ) {}

  async listen(): Promise<AddressInfo> {
    const { host, port } = this.entry;
    await once(this.server.listen(port, host), 'listening');
    this.server.on('error', () => undefined); // a connection could not be accepted, for lack of file descriptors
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('it is not a TCP address');
    return address;
  }

  /** Resolves when all connections are closed, and truncated messages are counted. */
  async close(): Promise<void> {
    const closed = [...this.sockets].map((socket) => once(socket.destroy(), 'close'));
    this.server.close();
    await Promise.all(closed);
  }

  private accept(socket: Socket): void {
    this.reads++;
    socket.on('error', () => undefined); // 'close' comes next
    if (!this.admits(socket.remoteAddress, this.sockets.size)) {
      socket.destroy();
      return;
    }
    const { intake } = this;
    let taken = 0;
    const take = intake.sender();
    const framing = new Framing((bytes, start, end) => {
      taken++;
      take(bytes, start, end);
    });
    let timeout: NodeJS.Timeout | undefined;
    this.sockets.add(socket);
    socket.on('data', (chunk) => {
      this.reads++;
      taken = 0;
      const isRight = framing.push(chunk);
      intake.flush();
      if (!isRight) {
        intake.refuse('protocol_error');
        socket.destroy();
      }
      if (taken > 0 || !framing.isUnfinished) {
        clearTimeout(timeout);
        timeout = undefined;
      }
      if (framing.isUnfinished) timeout ??= setTimeout(() => socket.destroy(), MESSAGE_TIMEOUT).unref();
    });
    socket.on('close', () => {
      clearTimeout(timeout);
      this.sockets.delete(socket);
      if (framing.end(socket.readableEnded)) intake.refuse('incomplete');
      intake.flush();
    });
  }
}
