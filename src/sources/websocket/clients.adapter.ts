import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { match, type MatchFunction } from 'path-to-regexp';
import type { WebSocketServer } from 'ws';
import { Connections } from '../../server/connections.js';
import { endWithProblem } from '../../server/problem.js';
import { Refusals } from '../../server/refusals.js';
import { RequestDuration } from '../../server/request-duration.js';
import { asksForWebSocket } from '../../server/upgrades.js';
import { SETTINGS } from '../../settings/token.js';
import type { ServerSettings } from '../../server/server.settings.js';
import { Admission, type UpgradeRefusal } from './admission.js';
import { chooseProtocol } from './credentials.js';

export type PathParameters = Record<string, string>;

/** Most characters of a path parameter, after decoding. */
const LONGEST_PARAMETER = 128;

const SERVER_OPTIONS = {
  // The gateway answers pings itself, with the same back-pressure as for messages.
  autoPong: false,
  // Each fragment may keep the 64 KiB buffer that it was read into.
  maxFragments: 256,
  // Milliseconds for a client to answer a close frame.
  closeTimeout: 2_000,
  handleProtocols: chooseProtocol,
};

/** Least average size of a large message's chunks, in bytes: each chunk has a memory overhead until the message is complete. */
const SMALLEST_PIECES = 32;

/** Number of chunks that is allowed for messages of any size. */
const FEWEST_PIECES = 4_096;

interface Route {
  server: WebSocketServer;
  template: string;
  match: MatchFunction<PathParameters>;
}

/**
 * The ws adapter with path parameters: a gateway's path is a template like `/ws/:id`, and `handleConnection` gets the
 * values as its third argument. An upgrade that cannot be served is refused with an HTTP response.
 */
export class ClientsAdapter extends WsAdapter {
  private readonly routes: Route[] = [];
  private readonly settings: ServerSettings;
  private readonly admission: Admission;
  private readonly connections: Connections;
  private readonly refusals: Refusals;
  private readonly requestDuration: RequestDuration;
  /** When the current upgrade began. Each is accepted or refused synchronously. */
  private start = NaN;

  constructor(app: INestApplication) {
    super(app);
    this.settings = app.get(SETTINGS, { strict: false });
    this.admission = app.get(Admission, { strict: false });
    this.connections = app.get(Connections, { strict: false });
    this.refusals = app.get(Refusals, { strict: false });
    this.requestDuration = app.get(RequestDuration, { strict: false });
  }

  override create(port: number, options: { path?: string } = {}): WebSocketServer {
    const { path: template = '/' } = options;
    const { BODY_LIMIT_BYTES: maxPayload } = this.settings;
    const maxBufferedChunks = Math.max(FEWEST_PIECES, maxPayload / SMALLEST_PIECES);
    const limits = { ...SERVER_OPTIONS, maxPayload, maxBufferedChunks };
    const server: WebSocketServer = super.create(port, { ...options, ...limits });
    this.routes.push({ server, template, match: match(template, { sensitive: true, trailing: false }) });
    server.on('wsClientError', (error, socket, request) => {
      const problem = { reason: 'malformed', detail: error.message } as const;
      const status = request.method === 'GET' ? { code: 400 } : { code: 405, header: 'Allow: GET' };
      this.refuse(request, socket, template, { ...problem, ...status });
    });
    return server;
  }

  /** Does nothing, because the gateway handles messages. Nest's default, through RxJS, costs several times as much per frame. */
  override bindMessageHandlers(): void {}

  /** Handles only errors of the server. The gateway handles errors of clients. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    return server.on('error', (error) => this.logger.error(error));
  }

  /** Closes only the server. The gateway has already closed the clients. */
  override async close(server: WebSocketServer): Promise<void> {
    await new Promise((resolve) => server.close(resolve));
  }

  protected override ensureHttpServerExists(port: number, httpServer: Server = createServer()): Server {
    if (!this.httpServersRegistry.has(port)) {
      this.httpServersRegistry.set(port, httpServer);
      httpServer.on('upgrade', (request, socket, head) => {
        if (!asksForWebSocket(request)) return;
        this.connections.afterAnswers(request.socket, () => this.upgrade(request, socket, head));
      });
    }
    return httpServer;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.start = performance.now();
    this.connections.begin(request.socket);
    const found = this.find(pathOf(request));
    if (!found) {
      const detail = 'no WebSocket is served at this path';
      return this.refuse(request, socket, undefined, { reason: 'unknown_path', code: 404, detail });
    }
    const { server, template, parameters } = found;
    if (!parameters) {
      const detail = `what stands for a parameter in ${template} is 1 to ${LONGEST_PARAMETER} characters`;
      return this.refuse(request, socket, template, { reason: 'malformed', code: 400, detail });
    }
    const refusal = this.admission.refusalOf(request, server.clients.size);
    if (refusal) return this.refuse(request, socket, template, refusal);
    server.handleUpgrade(request, socket, head, (client) => {
      this.requestDuration.observe(request.method, template, 101, performance.now() - this.start);
      server.emit('connection', client, request, parameters);
    });
  }

  /** The route of a path, without parameters if one is too long or not percent-encoded UTF-8. */
  private find(path: string): (Route & { parameters: PathParameters | undefined }) | undefined {
    for (const route of this.routes) {
      try {
        const found = route.match(path);
        if (!found) continue;
        const fitting = Object.values(found.params).every(
          (value) => Array.from(value).length <= LONGEST_PARAMETER,
        );
        return { ...route, parameters: fitting ? found.params : undefined };
      } catch (error) {
        if (!(error instanceof URIError)) throw error;
        return { ...route, parameters: undefined };
      }
    }
    return undefined;
  }

  /** Answers an upgrade request, for which Node has no response object, and closes the connection. */
  private refuse(
    request: IncomingMessage,
    socket: Duplex,
    template: string | undefined,
    { reason, code, detail, header }: UpgradeRefusal,
  ): void {
    endWithProblem(socket, code, detail, ['Sec-WebSocket-Version: 13', ...(header ? [header] : [])]);
    this.refusals.count(reason);
    const { method, url, headers } = request;
    // Not the query, because it may contain a token.
    const asked = `${url?.split('?', 1).join()}${headers.origin === undefined ? '' : ` from ${headers.origin}`}`;
    if (reason !== 'shutting_down') this.refusals.log('websocket', reason, request, `${asked}: ${detail}`);
    this.requestDuration.observe(method, template, code, performance.now() - this.start);
  }
}

/** The path of a request, whose URL may begin with `http://host` if it comes from a proxy. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/^\w+:\/\/[^/?]*/, '').split('?', 1)[0] || '/';
}
