import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problem, PROBLEM_TYPE } from './problem.js';

/** Answers with a problem where Node gives no response object, and hangs up. */
export function refuse(socket: Duplex, code: number, detail: string, headers: readonly string[] = []): void {
  const body = JSON.stringify(problem(code, detail));
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
    'Connection: close',
    ...headers,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
