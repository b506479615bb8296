// Reports the responses of a Nest application's controllers:
//
//   const reporter = new ObservationReporter({ url: 'ws://collector:8080/ws/shop', env: 'production' });
//   app.useGlobalInterceptors(new ObservationInterceptor(reporter));
//
// Interceptors do not see requests that no controller has a route for, nor those that a guard refuses; use the Express
// middleware with `app.use` to report these too.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import type { ObservationReporter } from './observation-reporter.js';

/** What nginx logs for a request whose client left before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

export class ObservationInterceptor implements NestInterceptor {
  constructor(private readonly reporter: ObservationReporter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const start = performance.now();
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    // By then its status code is known, also if an exception filter chose it. `finish` does not come if the client gives up.
    response.once('close', () => {
      const statuscode = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
      const [route = ''] = request.originalUrl.split('?'); // the query is nobody's business
      this.reporter.report({
        statuscode,
        seconds: (performance.now() - start) / 1000,
        method: request.method,
        route,
      });
    });
    return next.handle();
  }
}
