import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';

/**
 * Nest's Express adapter, but the server makes requests and responses that are Express' from the beginning. Express turns
 * Node's into its own by changing their prototypes, after which V8 has to learn anew what they are, for each request: most
 * of what Express costs (docs/decisions/0010).
 */
export class QuickExpressAdapter extends ExpressAdapter {
  override initHttpServer(options: NestApplicationOptions): void {
    super.initHttpServer({ ...options, forceCloseConnections: false });
    const express = this.getInstance<Express>();
    class ExpressRequest extends IncomingMessage {}
    class ExpressResponse extends ServerResponse {}
    Object.setPrototypeOf(ExpressRequest.prototype, express.request);
    Object.setPrototypeOf(ExpressResponse.prototype, express.response);
    Object.assign(express, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });

    const classes = { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
    this.httpServer = options.httpsOptions
      ? createTlsServer({ ...options.httpsOptions, ...classes }, express)
      : createServer(classes, express);
    // Private to TypeScript only; it listens to the server's connections, so it has to come after the server.
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }
}
