import { STATUS_CODES } from 'node:http';
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
