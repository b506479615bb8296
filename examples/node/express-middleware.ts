// Reports the responses of an Express application:
//
//   const reporter = new ObservationReporter({ url: 'ws://collector:8080/ws/shop', env: 'production' });
//   app.use(reportResponses(reporter)); // before the routes
import type { RequestHandler } from 'express';
import type { ObservationReporter } from './observation-reporter.js';

export function reportResponses(reporter: ObservationReporter): RequestHandler {
  return (_request, response, next) => {
    const start = performance.now();
    response.once('finish', () => {
      reporter.report({ statuscode: response.statusCode, seconds: (performance.now() - start) / 1000 });
    });
    next();
  };
}
