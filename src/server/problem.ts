import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpException } from '@nestjs/common';

export const PROBLEM_TYPE = 'application/problem+json';

/** An error as RFC 9457 writes it; without a `type` it is no more than its status code says. */
export interface Problem {
  title: string;
  status: number;
  detail?: string;
}

export function problem(status: number, detail?: string): Problem {
  const title = STATUS_CODES[status] ?? 'Unknown Error';
  return detail === undefined || detail === title ? { title, status } : { title, status, detail };
}

/** An error whose answer says more than its status code and a sentence. */
export class ProblemException extends HttpException {
  /**
   * @param extensions further members of the problem, as RFC 9457, 3.2, allows
   * @param headers of the answer
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
 * Answers on a connection for which there is no response object, and hangs up.
 *
 * @param headers further ones, as lines
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

/** Seconds after which a client may try again that came while the service was shutting down. */
export const RETRY_AFTER = '5';

/** Refuses what would move a metric that may have been fetched for the last time. */
export class ShuttingDownException extends ProblemException {
  constructor() {
    super(503, 'the service is shutting down', {}, { 'Retry-After': RETRY_AFTER });
  }
}
