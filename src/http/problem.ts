import { STATUS_CODES } from 'node:http';

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
