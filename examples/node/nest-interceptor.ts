// Reports the responses of a Nest application's controllers:
//
//   const reporter = new ObservationReporter({ url: 'ws://collector:8080/ws/shop', env: 'production' });
//   app.useGlobalInterceptors(new ObservationInterceptor(reporter));
//
// Interceptors do not see requests that no controller has a route for, nor those that a guard refuses; use the Express
// middleware with `app.use` to report these too.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import type { ObservationReporter } from './observation-reporter.js';

export class ObservationInterceptor implements NestInterceptor {
  constructor(private readonly reporter: ObservationReporter) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const start = performance.now();
    const response = context.switchToHttp().getResponse<Response>();
    // When it is sent, its status code is known, also if an exception filter chose it.
    response.once('finish', () => {
      this.reporter.report({ statuscode: response.statusCode, seconds: (performance.now() - start) / 1000 });
    });
    return next.handle();
  }
}
