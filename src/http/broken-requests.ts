import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.js';
import { refuse } from './raw-answer.js';

/** What Node's parser and its timeouts find: the status codes that Node itself would answer with, and why. */
const ANSWERS: ReadonlyMap<string | undefined, [code: number, detail: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, 'the head of a request has at most 16 KiB']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'the extensions of chunks have at most 16 KiB']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request did not come in time']],
]);

/**
 * Answers what is no request of HTTP/1.1, after the requests that came before it on its connection. Node would answer at
 * once and hang up, so that a sender took the refusal for the answer to a request that was served.
 */
export function refuseBrokenRequests(server: Server, connections: Connections): void {
  const refused = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (refused.has(socket)) return; // more of it has come
    refused.add(socket);
    connections.afterWholeRequests(socket, () => {
      const [code, detail] = ANSWERS.get(error.code) ?? [400, `the request cannot be read: ${error.message}`];
      if (socket.writable) refuse(socket, code, detail);
      else socket.destroy();
    });
  });
}
