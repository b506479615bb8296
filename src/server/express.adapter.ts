import { createServer, IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { problem, PROBLEM_TYPE } from './problem.js';
import { pathOf } from './request-target.js';

/** Event that the server emits when it refuses a request because of its target. */
export const BAD_TARGET = 'badTarget';

type Handler = Parameters<ExpressAdapter['get']>[1];
type Registration = [handler: Handler] | [path: string, handler: Handler];

/** The parts of Express' router that its types leave out. */
interface Router {
  /** Middleware and routes, in the order in which they are asked. */
  stack: { match(path: string): boolean }[];
  handle(request: Request, response: Response, done: NextFunction): void;
}

/**
 * Nest's Express adapter, but the server creates requests and responses with Express' prototypes at once. Express itself
 * changes the prototype of each request and response, which makes V8 deoptimise them. That is most of the cost of Express
 * (docs/decisions/0010). And a GET or POST for the exact path of a route does not go through the router's list, if nothing in
 * that list comes before the route.
 */
export class QuickExpressAdapter extends ExpressAdapter {
  /** By method and path. */
  private readonly handlers = new Map<string, Handler>();
  /** Requests that such a handler passed on, and the errors that it gave. */
  private readonly passedOn = new WeakMap<Request, unknown>();

  /** @param instance an Express application; its router inherits settings only until it is used first */
  constructor(
    instance: Express = express(),
    private readonly serverOptions: Omit<ServerOptions, 'IncomingMessage' | 'ServerResponse'> = {},
  ) {
    super(instance);
    const { router } = this;
    const search = router.handle.bind(router);
    router.handle = (request, response, done) => {
      const path = request.url;
      const handler = this.handlers.get(`${request.method} ${path}`);
      if (!handler) return search(request, response, done);
      request.originalUrl = path;
      request.baseUrl = '';
      request.params = {};
      request.route = { path };
      handler(request, response, (error: unknown) => {
        this.passedOn.set(request, error);
        search(request, response, done);
      });
    };
  }

  override get(...args: Registration): unknown {
    return args.length === 1 ? super.get(args[0]) : super.get(args[0], this.direct('GET', ...args));
  }

  override post(...args: Registration): unknown {
    return args.length === 1 ? super.post(args[0]) : super.post(args[0], this.direct('POST', ...args));
  }

  /** Notes the handler, if it is the first for its path. Returns what the router is to call in its place. */
  private direct(method: string, path: string, handler: Handler): Handler {
    // The first layer is Nest's own, for hooks that nobody sets here.
    const isFirst = !this.router.stack.slice(1).some((layer) => layer.match(path));
    if (isFirst) this.handlers.set(`${method} ${path}`, handler);
    return (request: Request, response: Response, next) =>
      this.passedOn.has(request) ? next?.(this.passedOn.get(request)) : handler(request, response, next);
  }

  private get router(): Router {
    return this.getInstance<{ router: Router }>().router;
  }

  override initHttpServer(options: NestApplicationOptions): void {
    super.initHttpServer({ ...options, forceCloseConnections: false });
    const instance = this.getInstance<Express>();
    class ExpressRequest extends IncomingMessage {}
    class ExpressResponse extends ServerResponse {}
    Object.setPrototypeOf(ExpressRequest.prototype, instance.request);
    Object.setPrototypeOf(ExpressResponse.prototype, instance.response);
    Object.assign(instance, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });

    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const path = pathOf(request.url ?? '');
      if (path === undefined) {
        this.httpServer.emit(BAD_TARGET, request);
        refuseTarget(response);
        return;
      }
      request.url = path;
      instance(request, response);
    };
    const server = {
      ...this.serverOptions,
      IncomingMessage: ExpressRequest,
      ServerResponse: ExpressResponse,
    };
    this.httpServer = options.httpsOptions
      ? createTlsServer({ ...options.httpsOptions, ...server }, answer)
      : createServer(server, answer);
    // Private in TypeScript only. It listens to the server's connections, so the server must exist.
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }
}

function refuseTarget(response: ServerResponse): void {
  const detail = 'the request target must be a path, alone or after http://host, without a fragment';
  response.statusCode = 400;
  response.setHeader('Content-Type', PROBLEM_TYPE);
  response.end(JSON.stringify(problem(400, detail)));
}
