import { createServer, IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { problem, PROBLEM_TYPE } from './problem.js';
import { pathOf } from './request-target.js';

/** Event that the server emits when it refuses a request because of its target. */
export const BAD_TARGET = 'badTarget';

/**
 * Nest's Express adapter, but the server creates requests and responses with Express' prototypes at once. Express itself
 * changes the prototype of each request and response, which makes V8 deoptimise them. That is most of the cost of Express
 * (docs/decisions/0010).
 */
export class QuickExpressAdapter extends ExpressAdapter {
  /** @param instance an Express application; its router inherits settings only until it is used first */
  constructor(
    instance: Express = express(),
    private readonly serverOptions: Omit<ServerOptions, 'IncomingMessage' | 'ServerResponse'> = {},
  ) {
    super(instance);
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
