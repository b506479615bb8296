import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SETTINGS, type Settings } from '../settings.js';
import { Refusals } from './refusals.js';

/** Requests in progress on one connection. No client waits for more; each of them holds memory until it is read. */
const MOST_PIPELINED = 32;

function destroy(this: Socket): void {
  this.destroy();
}

/** The event with which a server hands over a connection that requests come on. */
export function connectionEvent(server: Server): 'connection' | 'secureConnection' {
  return server instanceof TlsServer ? 'secureConnection' : 'connection';
}

/** What tells the connections of a server apart, and is the same before and after encryption. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

interface Connection {
  /** Requests in progress; one that was upgraded does not end. */
  requests: number;
  /** The answers to the last two requests, as long as any is in progress. */
  last?: ServerResponse | undefined;
  lastButOne?: ServerResponse | undefined;
  /** What waits for the answers to the requests in progress. */
  next?: () => void;
}

/**
 * Knows which connections are in use, and ends them in order: no new ones, the idle ones closed, requests in progress
 * answered first, and whatever is left when the time is up cut off. Node's `server.close()` alone would wait for
 * connections on which nothing was ever asked, and for those that fall idle after it was called.
 */
@Injectable()
export class Connections implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Connections');
  private readonly open = new Map<Socket, Connection>();
  /** Connections that have not agreed on their encryption yet, by whom they are with. */
  private readonly handshakes = new Map<string, Socket>();
  private closed: Promise<void> | undefined;
  private deadline = Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly host: HttpAdapterHost,
    private readonly refusals: Refusals,
  ) {}

  onApplicationBootstrap(): void {
    const { open } = this;
    // One listener for all connections, whose `this` is the socket: there may be thousands.
    function forget(this: Socket): void {
      open.delete(this);
    }
    this.server.on(connectionEvent(this.server), (socket: Socket) => {
      this.handshakes.delete(peerOf(socket));
      if (open.has(socket)) return; // it was read anew: see ignoreOtherUpgrades
      open.set(socket, { requests: 0 });
      socket.on('close', forget);
      socket.on('error', destroy); // while it waits for an upgrade, the server does not listen
    });
    if (connectionEvent(this.server) !== 'connection') this.server.on('connection', this.trackHandshake);
    // Before the framework, which may have answered already when it returns.
    this.server.prependListener('request', ({ socket }, response) => {
      const connection = this.begin(socket);
      if (performance.now() >= this.deadline) socket.destroy();
      if (connection && connection.requests > MOST_PIPELINED && !socket.destroyed) {
        this.refusals.count('pipelining');
        socket.destroy();
      }
      if (connection) {
        connection.lastButOne = connection.last;
        connection.last = response;
      }
      if (this.closed) response.setHeader('Connection', 'close');
      response.on('close', () => this.end(socket));
    });
  }

  beforeApplicationShutdown(): void {
    const milliseconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS * 1000;
    this.deadline = performance.now() + milliseconds;
    this.timer = setTimeout(() => this.cutOff(), milliseconds);
    this.closed = new Promise((resolve) => this.server.close(() => resolve()));
    for (const socket of this.handshakes.values()) socket.destroy();
    for (const [socket, { requests }] of this.open) if (requests === 0) socket.destroy();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.closed;
    clearTimeout(this.timer);
  }

  /** Does something with a connection once the requests that came on it before are answered. */
  afterAnswers(socket: Socket, next: () => void): void {
    const connection = this.open.get(socket);
    if (!connection || connection.requests === 0) return next();
    connection.next = next;
  }

  /** Whether no request is in progress on a connection. */
  isIdle(socket: Socket): boolean {
    return (this.open.get(socket)?.requests ?? 0) === 0;
  }

  /** Does something with a connection once the requests that have come on it wholly are answered. */
  afterWholeRequests(socket: Socket, next: () => void): void {
    const { last, lastButOne } = this.open.get(socket) ?? {};
    const awaited = last?.req.complete || last?.headersSent ? last : lastButOne;
    if (!awaited || awaited.writableFinished) next();
    else awaited.once('close', next);
  }

  /** Counts a request, and what it was upgraded to, as in progress. */
  begin(socket: Socket): Connection | undefined {
    const connection = this.open.get(socket);
    if (connection) connection.requests++;
    return connection;
  }

  /** Nest makes it only after the providers. */
  private get server(): Server {
    return this.host.httpAdapter.getHttpServer();
  }

  private readonly trackHandshake = (socket: Socket): void => {
    const peer = peerOf(socket);
    this.handshakes.set(peer, socket);
    socket.once('close', () => this.handshakes.delete(peer));
  };

  private end(socket: Socket): void {
    const connection = this.open.get(socket);
    if (!connection || --connection.requests > 0) return;
    const { next } = connection;
    delete connection.next;
    connection.last = connection.lastButOne = undefined;
    if (this.closed) socket.destroySoon();
    else if (!socket.destroyed) next?.();
  }

  private cutOff(): void {
    const seconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS;
    this.logger.warn(`Cutting off ${this.open.size} connections that did not end within ${seconds} s`);
    for (const socket of this.open.keys()) socket.destroy();
  }
}
