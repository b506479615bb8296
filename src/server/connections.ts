import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SETTINGS } from '../settings/token.js';
import type { LifecycleSettings } from '../lifecycle/lifecycle.settings.js';
import { Lifecycle, unlessAborted } from '../lifecycle/lifecycle.js';
import { Refusals } from './refusals.js';

/** Most requests in progress on one connection. Clients do not need more, and each one takes memory. */
const MOST_PIPELINED = 32;

function destroy(this: Socket): void {
  this.destroy();
}

/** The event by which a server announces a connection that is ready for requests. */
export function connectionEvent(server: Server): 'connection' | 'secureConnection' {
  return server instanceof TlsServer ? 'secureConnection' : 'connection';
}

/** Identifies a connection of a server, and is the same before and after the TLS handshake. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

interface Connection {
  /** Requests in progress. An upgraded one stays in progress. */
  requests: number;
  /** The answers to the last two requests, while one is in progress. */
  last?: ServerResponse | undefined;
  lastButOne?: ServerResponse | undefined;
  /** Called when the requests in progress are answered. */
  next?: () => void;
  /** The same, for a shutdown. */
  idle?: () => void;
}

/**
 * Tracks connections and closes them gracefully: refuses new ones, closes idle ones, lets requests in progress finish, and
 * cuts off the rest at the shutdown timeout. Node's `server.close()` alone would wait for connections that never had a
 * request, and for those that become idle after the call.
 */
@Injectable()
export class Connections implements OnApplicationBootstrap {
  private readonly logger = new Logger('Connections');
  private readonly open = new Map<Socket, Connection>();
  /** Connections in the TLS handshake, by peer. */
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
    // Shared listeners with the socket as `this`, because there may be thousands of connections.
    function forget(this: Socket): void {
      open.delete(this);
    }
    function silent(this: Socket): void {
      if (open.get(this)?.requests) refusals.count('timeout');
      this.destroy();
    }
    this.server.on(connectionEvent(this.server), (socket: Socket) => {
      this.handshakes.delete(peerOf(socket));
      if (open.has(socket)) return; // emitted again: see ignoreOtherUpgrades
      open.set(socket, { requests: 0 });
      socket.on('close', forget);
      // The server does not listen to these while an upgrade is pending.
      socket.on('error', destroy).on('timeout', silent);
    });
    if (connectionEvent(this.server) !== 'connection') this.server.on('connection', this.trackHandshake);
    // Before the framework, which may answer synchronously.
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
      // So that no client sends a request on a connection that is about to close, and never learns its outcome.
      if (lifecycle.phase === 'shutting down') response.setHeader('Connection', 'close');
      response.on('close', () => this.end(socket));
    });
  }

  /** Resolves when every connection in use has answered its requests or is closed, or when `lifecycle.late` is aborted. */
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

  /** Accepts no new connections, and resolves when the existing ones have ended. */
  close(): Promise<void> {
    if (this.closed) return this.closed;
    this.closed = new Promise((resolve) => this.server.close(() => resolve()));
    for (const socket of this.handshakes.values()) socket.destroy();
    for (const [socket, { requests }] of this.open) if (requests === 0) socket.destroy();
    return this.closed;
  }

  /** Calls `next` when all earlier requests on the connection have been answered. */
  afterAnswers(socket: Socket, next: () => void): void {
    const connection = this.open.get(socket);
    if (!connection || connection.requests === 0) return next();
    connection.next = next;
  }

  /** Whether a connection is ready for requests: it is open, and the TLS handshake, if any, is done. */
  has(socket: Socket): boolean {
    return this.open.has(socket);
  }

  /** Calls `next` when all completely received requests on the connection have been answered. */
  afterWholeRequests(socket: Socket, next: () => void): void {
    const { last, lastButOne } = this.open.get(socket) ?? {};
    const awaited = last?.req.complete || last?.headersSent ? last : lastButOne;
    if (!awaited || awaited.writableFinished) next();
    else awaited.once('close', next);
  }

  /** Counts a request, or its upgraded connection, as in progress. */
  begin(socket: Socket): Connection | undefined {
    const connection = this.open.get(socket);
    if (connection) connection.requests++;
    return connection;
  }

  /** A getter, because Nest creates the server after the providers. */
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
