// Reports the responses of an Express application:
//
//   const reporter = new ObservationReporter({ url: 'ws://collector:8080/ws/shop', env: 'production' });
//   app.use(reportResponses(reporter)); // before the routes
import type { RequestHandler } from 'express';
import type { ObservationReporter } from './observation-reporter.js';

/** What nginx logs for a request whose client left before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

export function reportResponses(reporter: ObservationReporter): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    // Not `finish`, which does not come if the client gives up first.
    response.once('close', () => {
      const statuscode = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
      const [route = ''] = request.originalUrl.split('?'); // the query is nobody's business
      reporter.report({
        statuscode,
        seconds: (performance.now() - start) / 1000,
        method: request.method,
        route,
      });
    });
    next();
  };
}
