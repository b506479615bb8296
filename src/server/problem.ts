import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpException } from '@nestjs/common';

export const PROBLEM_TYPE = 'application/problem+json';

/** An error in the format of RFC 9457. Without a `type`, it means the same as its status code. */
export interface Problem {
  title: string;
  status: number;
  detail?: string;
}

export function problem(status: number, detail?: string): Problem {
  const title = STATUS_CODES[status] ?? 'Unknown Error';
  return detail === undefined || detail === title ? { title, status } : { title, status, detail };
}

/** An error whose response has more than a status code and a message. */
export class ProblemException extends HttpException {
  /**
   * @param extensions further members of the problem (RFC 9457, 3.2)
   * @param headers of the response
   */
  constructor(
    status: number,
    detail: string,
    readonly extensions: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail, status);
  }
}

/**
 * Answers on a connection without a response object, and closes it.
 *
 * @param headers additional header lines
 */
export function endWithProblem(
  socket: Duplex,
  status: number,
  detail: string,
  headers: readonly string[] = [],
): void {
  const body = JSON.stringify(problem(status, detail));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Seconds after which a client that was refused during a shutdown may retry. */
export const RETRY_AFTER = '5';

/** Refuses a request that would change a metric, after the final scrape may have happened. */
export class ShuttingDownException extends ProblemException {
  constructor() {
    super(503, 'the service is shutting down', {}, { 'Retry-After': RETRY_AFTER });
  }
}
