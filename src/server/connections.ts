import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SETTINGS } from '../settings/token.js';
import type { LifecycleSettings } from '../lifecycle/lifecycle.settings.js';
import { Lifecycle, unlessAborted } from '../lifecycle/lifecycle.js';
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
  /** The answers to the last two requests, while one is in progress. */
  last?: ServerResponse | undefined;
  lastButOne?: ServerResponse | undefined;
  /** What waits for the answers to the requests in progress. */
  next?: () => void;
  /** What waits for the same during a stop. */
  idle?: () => void;
}

/**
 * Knows which connections are in use, and ends them in order: no new ones, the idle ones closed, requests in progress
 * answered first, and whatever is left when the time is up cut off. Node's `server.close()` alone would wait for
 * connections on which nothing was ever asked, and for those that fall idle after it was called.
 */
@Injectable()
export class Connections implements OnApplicationBootstrap {
  private readonly logger = new Logger('Connections');
  private readonly open = new Map<Socket, Connection>();
  /** Connections that have not agreed on their encryption yet, by whom they are with. */
  private readonly handshakes = new Map<string, Socket>();
  private closed: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: LifecycleSettings,
    private readonly host: HttpAdapterHost,
    private readonly lifecycle: Lifecycle,
    private readonly refusals: Refusals,
  ) {}

  onApplicationBootstrap(): void {
    const { open, lifecycle, refusals } = this;
    lifecycle.overdue.addEventListener('abort', () => this.cutOff());
    // One listener of each kind for all connections, whose `this` is the socket: there may be thousands.
    function forget(this: Socket): void {
      open.delete(this);
    }
    function silent(this: Socket): void {
      if (open.get(this)?.requests) refusals.count('timeout');
      this.destroy();
    }
    this.server.on(connectionEvent(this.server), (socket: Socket) => {
      this.handshakes.delete(peerOf(socket));
      if (open.has(socket)) return; // it was read anew: see ignoreOtherUpgrades
      open.set(socket, { requests: 0 });
      socket.on('close', forget);
      // While it waits for an upgrade, the server does not listen to these.
      socket.on('error', destroy).on('timeout', silent);
    });
    if (connectionEvent(this.server) !== 'connection') this.server.on('connection', this.trackHandshake);
    // Before the framework, which may have answered already when it returns.
    this.server.prependListener('request', ({ socket }, response) => {
      const connection = this.begin(socket);
      if (lifecycle.overdue.aborted) socket.destroy();
      if (connection && connection.requests > MOST_PIPELINED && !socket.destroyed) {
        this.refusals.count('pipelining');
        socket.destroy();
      }
      if (connection) {
        connection.lastButOne = connection.last;
        connection.last = response;
      }
      // So that no client sends on a connection that is about to be closed, and never learns what became of it.
      if (lifecycle.phase === 'shutting down') response.setHeader('Connection', 'close');
      response.on('close', () => this.end(socket));
    });
  }

  /** Resolves when each connection that is in use now is closed, or has answered what it was asked, or when it is late. */
  settled(): Promise<void> {
    const inUse = [...this.open].filter(([, { requests }]) => requests > 0);
    const answered = inUse.map(
      ([socket, connection]) =>
        new Promise<void>((resolve) => {
          connection.idle = resolve;
          socket.on('close', () => resolve());
        }),
    );
    return unlessAborted(answered, this.lifecycle.late);
  }

  /** Takes no new connections, and resolves when those that there are have ended. */
  close(): Promise<void> {
    if (this.closed) return this.closed;
    this.closed = new Promise((resolve) => this.server.close(() => resolve()));
    for (const socket of this.handshakes.values()) socket.destroy();
    for (const [socket, { requests }] of this.open) if (requests === 0) socket.destroy();
    return this.closed;
  }

  /** Does something with a connection once the requests that came on it before are answered. */
  afterAnswers(socket: Socket, next: () => void): void {
    const connection = this.open.get(socket);
    if (!connection || connection.requests === 0) return next();
    connection.next = next;
  }

  /** Whether requests may come on a connection: it is open, and its encryption, if any, is agreed on. */
  has(socket: Socket): boolean {
    return this.open.has(socket);
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
    socket.once('close', () => {
      // The client's next connection may have the same address and port.
      if (this.handshakes.get(peer) === socket) this.handshakes.delete(peer);
    });
  };

  private end(socket: Socket): void {
    const connection = this.open.get(socket);
    if (!connection || --connection.requests > 0) return;
    const { next } = connection;
    delete connection.next;
    connection.idle?.();
    connection.last = connection.lastButOne = undefined;
    if (this.closed) socket.destroySoon();
    else if (!socket.destroyed) next?.();
  }

  private cutOff(): void {
    const inUse = [...this.open.values()].filter(({ requests }) => requests > 0);
    const seconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS;
    if (inUse.length > 0) {
      this.logger.warn(
        `Closing ${inUse.length} connections with unfinished requests: SHUTDOWN_TIMEOUT_SECONDS=${seconds} has passed`,
      );
    }
    for (const socket of this.open.keys()) socket.destroy();
  }
}
