import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SETTINGS } from '../settings/token.js';
import type { ServerSettings } from './server.settings.js';
import { Connections } from './connections.js';
import { BAD_TARGET } from './express.adapter.js';
import { endWithProblem } from './problem.js';
import { type Refusal, Refusals } from './refusals.js';
import { mostOpenFiles } from '../process/process-readings.js';

/** A client that sends nothing of its request and reads nothing of its response for so long is disconnected. */
const SILENCE_MILLISECONDS = 60_000;

/** Default limit of connections besides those of WebSocket clients. */
const OTHER_CONNECTIONS = 1_000;

/** Milliseconds between two messages about refused connections. */
const SAY_EVERY = 60_000;

interface UnreadableRequest {
  code: number;
  reason: Refusal;
  detail?: string;
}

/** Errors of Node's parser and timeouts, with the status codes that Node itself would send. */
const UNREADABLE: ReadonlyMap<string | undefined, UnreadableRequest> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    { code: 431, reason: 'headers_too_large', detail: 'request headers are limited to 16 KiB' },
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    { code: 413, reason: 'headers_too_large', detail: 'chunk extensions are limited to 16 KiB' },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { code: 408, reason: 'timeout', detail: 'the request did not arrive in time' },
  ],
]);

const BAD: UnreadableRequest = { code: 400, reason: 'malformed' };

/** Refuses and counts connections that are too many, too slow, or do not speak HTTP. */
@Injectable()
export class ServerLimits implements OnApplicationBootstrap {
  private readonly logger = new Logger('ServerLimits');
  private readonly refused = new WeakSet<Socket>();
  private lastSaid = -Infinity;

  constructor(
    @Inject(SETTINGS) private readonly settings: ServerSettings,
    private readonly host: HttpAdapterHost,
    private readonly connections: Connections,
    private readonly refusals: Refusals,
  ) {}

  onApplicationBootstrap(): void {
    const { MAX_CLIENTS, MAX_CONNECTIONS = MAX_CLIENTS + OTHER_CONNECTIONS } = this.settings;
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.maxConnections = Math.min(MAX_CONNECTIONS, connectionsThatSpareFiles());
    server.on('drop', () => this.dropped(server.maxConnections));
    server.on(BAD_TARGET, (request: IncomingMessage) => {
      this.refusals.count('malformed');
      this.refusals.log('http', 'malformed', request, `the request target ${request.url}`);
    });
    server.on('tlsClientError', ({ message }: Error, { remoteAddress }: Socket) => {
      this.refusals.count('tls_handshake');
      this.refusals.log('http', 'tls_handshake', remoteAddress, message);
    });
    server.setTimeout(SILENCE_MILLISECONDS); // what then: see Connections
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.faulty(socket, error));
  }

  private dropped(most: number): void {
    this.refusals.count('connections_limit');
    if (performance.now() - this.lastSaid < SAY_EVERY) return;
    this.lastSaid = performance.now();
    this.logger.warn(
      `Refusing connections: ${most} are open, the most that MAX_CONNECTIONS and the file descriptor limit allow`,
    );
  }

  /**
   * Answers malformed requests, after earlier requests on the connection. Node would answer at once and close the connection,
   * so the sender would take the refusal for the response to an earlier request.
   */
  private faulty(socket: Socket, error: NodeJS.ErrnoException): void {
    if (this.refused.has(socket)) return; // more bytes of it have arrived
    this.refused.add(socket);
    if (!this.connections.has(socket)) {
      socket.destroy(); // there can be no response before the TLS handshake
      return;
    }
    const {
      code,
      reason,
      detail = `the request cannot be read: ${error.message}`,
    } = UNREADABLE.get(error.code) ?? BAD;
    // A client that has left is not refused.
    if (error.code !== 'ECONNRESET' && socket.writable) {
      this.refusals.count(reason);
      this.refusals.log('http', reason, socket.remoteAddress, detail);
    }
    this.connections.afterWholeRequests(socket, () => {
      if (socket.writable) endWithProblem(socket, code, detail);
      else socket.destroy();
    });
  }
}

/**
 * File descriptors reserved for everything but connections: Node itself, logs, the search for rotated files, and saving
 * the state.
 */
const SPARE = 64;

/**
 * Most connections that leave file descriptors for other files: otherwise a rotated log could not be opened. Unlimited if
 * the limit of the system is unknown.
 */
function connectionsThatSpareFiles(): number {
  const limit = mostOpenFiles();
  return limit === undefined || Number.isNaN(limit) ? Infinity : Math.max(1, limit - SPARE);
}
