import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { match, type MatchFunction } from 'path-to-regexp';
import type { WebSocketServer } from 'ws';
import { problem, PROBLEM_TYPE } from '../http/problem.js';
import type { RequestDuration } from '../http/request-duration.js';
import { asksForWebSocket } from '../http/upgrades.js';
import type { Settings } from '../settings.js';

export type PathParameters = Record<string, string>;

/** Characters of a path parameter after decoding. */
const LONGEST_PARAMETER = 128;

/** RFC 6455, 7.4.1: the endpoint goes away, such as a server that shuts down. */
const GOING_AWAY = 1001;

interface Route {
  server: WebSocketServer;
  template: string;
  match: MatchFunction<PathParameters>;
}

/**
 * The ws adapter with path parameters: a gateway's path is a template like `/ws/:id`, and `handleConnection` gets the
 * values as its third argument. An upgrade that cannot be served is refused with an HTTP answer.
 */
export class ClientsAdapter extends WsAdapter {
  private readonly routes: Route[] = [];

  constructor(
    app: INestApplication,
    private readonly settings: Settings,
    private readonly requestDuration: RequestDuration,
  ) {
    super(app);
  }

  override create(port: number, options: { path?: string } = {}): WebSocketServer {
    const { path: template = '/' } = options;
    const server: WebSocketServer = super.create(port, {
      ...options,
      maxPayload: this.settings.BODY_LIMIT_BYTES,
    });
    this.routes.push({ server, template, match: match(template) });
    return server;
  }

  /** Leaves the messages to the gateway: the stock way, through RxJS, costs several times as much a frame. */
  override bindMessageHandlers(): void {}

  /** Leaves the errors of single clients to the gateway too, which knows whose they are. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    return server.on('error', (error) => this.logger.error(error));
  }

  override async close(server: WebSocketServer): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const client of server.clients) client.close(GOING_AWAY, 'the service is shutting down');
    await closed;
  }

  protected override ensureHttpServerExists(port: number, httpServer: Server = createServer()): Server {
    if (!this.httpServersRegistry.has(port)) {
      this.httpServersRegistry.set(port, httpServer);
      httpServer.on('upgrade', (request, socket, head) => {
        if (asksForWebSocket(request)) this.upgrade(request, socket, head);
      });
    }
    return httpServer;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const start = performance.now();
    const answered = (template: string | undefined, code: number): void =>
      this.requestDuration.observe(request.method, template, code, performance.now() - start);
    const refuse = (template: string | undefined, code: number, detail: string): void => {
      answerProblem(socket, code, detail);
      answered(template, code);
    };

    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const found = this.find(path);
    if (!found) return refuse(undefined, 404, 'no WebSocket is served at this path');
    const { server, template, parameters } = found;
    if (!parameters) {
      return refuse(
        template,
        400,
        `what stands for a parameter in ${template} is 1 to ${LONGEST_PARAMETER} characters`,
      );
    }
    if (server.clients.size >= this.settings.MAX_CLIENTS) {
      return refuse(template, 503, 'as many clients as are allowed are connected');
    }
    server.handleUpgrade(request, socket, head, (client) => {
      answered(template, 101);
      server.emit('connection', client, request, parameters);
    });
  }

  /** The route that a path belongs to, without parameters if one is too long or not percent-encoded UTF-8. */
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
}

/** Answers an upgrade request, for which Node gives no response object, and hangs up. */
function answerProblem(socket: Duplex, code: number, detail: string): void {
  const body = JSON.stringify(problem(code, detail));
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
      'Connection: close',
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
