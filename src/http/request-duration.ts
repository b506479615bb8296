import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { NextFunction, Request, Response } from 'express';
import type { HttpRequestDuration } from '../metrics/collectors.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What nginx logs for a request whose client left before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Measures every HTTP request, from its head to the end of its answer. Whatever is asked for, the labels stay few:
 * the route is its template or `unmatched`, an unusual method is `other`.
 */
@Injectable()
export class RequestDuration {
  constructor(
    @InjectMetric('service_collector_http_request_duration_seconds')
    private readonly duration: HttpRequestDuration,
  ) {}

  /** Express middleware, to be used before anything that may answer. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const start = performance.now();
    response.once('close', () => {
      const code = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
      this.observe(request.method, routeOf(request), code, performance.now() - start);
    });
    next();
  };

  /** Counts a request that was answered past the HTTP framework, such as an upgrade. */
  observe(method: string | undefined, route: string | undefined, code: number, milliseconds: number): void {
    const labels = {
      method: method !== undefined && METHODS.has(method) ? method : 'other',
      route: route ?? 'unmatched',
      code,
    };
    this.duration.observe(labels, milliseconds / 1000);
  }
}

/** The template of the route that Express chose, or undefined if there is none. */
function routeOf({ route }: { route?: { path?: unknown } }): string | undefined {
  return typeof route?.path === 'string' ? route.path : undefined;
}
