import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { HttpRequestDuration } from '../metrics/collectors.js';
import type { Distribution } from '../metrics/histogram.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The status that nginx logs for a request whose client left before the response. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Measures every HTTP request, from its head to the end of its response. Clients cannot create new label values: the route
 * is its template or `unmatched`, and unusual methods are `other`.
 */
@Injectable()
export class RequestDuration {
  /** By method, route and status code. */
  private readonly series = new Map<string, Map<string, Distribution[]>>();

  constructor(
    @InjectMetric('service_collector_http_request_duration_seconds')
    private readonly duration: HttpRequestDuration,
  ) {}

  /** Listener for a server's `request`. It must run before the framework's, which may answer synchronously. */
  readonly measure = (request: IncomingMessage, response: ServerResponse): void => {
    const start = performance.now();
    response.on('close', () => {
      const code = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
      this.observe(request.method, routeOf(request), code, performance.now() - start);
    });
  };

  /** Counts a request that was answered without the HTTP framework, such as an upgrade. */
  observe(method = 'other', route = 'unmatched', code: number, milliseconds: number): void {
    const held = this.series.get(method)?.get(route)?.[code];
    const series = held ?? this.firstOf(METHODS.has(method) ? method : 'other', route, code);
    series.observe(milliseconds / 1000);
  }

  private firstOf(method: string, route: string, code: number): Distribution {
    const byRoute = this.series.get(method) ?? new Map<string, Distribution[]>();
    const byCode = byRoute.get(route) ?? [];
    const series = (byCode[code] ??= this.duration.series({ method, route, code }));
    this.series.set(method, byRoute.set(route, byCode));
    return series;
  }
}

/** The template of the route that Express chose, or undefined if there is none. */
function routeOf(request: IncomingMessage & { route?: { path?: unknown } }): string | undefined {
  const path = request.route?.path;
  return typeof path === 'string' ? path : undefined;
}
