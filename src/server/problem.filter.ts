import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { UnauthorizedException } from './bearer-auth.js';
import { problem, PROBLEM_TYPE, ProblemException } from './problem.js';
import { Refusals } from './refusals.js';

const NOTHING_MORE = { extensions: {}, headers: {} };

/** Answers every error as `application/problem+json`. Unexpected errors are logged, and the client sees only a 500. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('ProblemFilter');

  constructor(private readonly refusals: Refusals) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const foreseen = exception instanceof HttpException;
    if (!foreseen) this.logger.error(exception);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = foreseen ? problem(exception.getStatus(), exception.message) : problem(500);
    const { extensions, headers } = exception instanceof ProblemException ? exception : NOTHING_MORE;
    if (exception instanceof UnauthorizedException) {
      this.refusals.count('unauthorized');
      const request = http.getRequest<Request>();
      this.refusals.log('http', 'unauthorized', request, `${request.path}: ${exception.message}`);
      response.setHeader('WWW-Authenticate', exception.challenge);
    }
    response
      .set(headers)
      .status(body.status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify({ ...body, ...extensions }));
  }
}
