// What lies between the service and a server, and spoils the answers to searches.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from '../../service.js';

export type Spoil = (response: ServerResponse, answer: string) => void;

/** Each spoils a server's own answer to a search so that it may not be counted by. */
export const SPOILT_ANSWERS: readonly Spoil[] = [
  (response, answer) => response.end(answer.replace('"failed":0', '"failed":1')),
  (response, answer) => response.end(answer.replace(/"successful":\d+/, '"successful":0')),
  (response, answer) => response.end(answer.replace('"timed_out":false', '"timed_out":true')),
  (response, answer) => response.end(answer.replace('{', '{"_clusters":{"total":2,"skipped":1},')),
  (response, answer) => response.end(answer.replace(/"total":\{"value":\d+/, '"total":{"value":9e9')),
];

/** Each gives something else than the answer, whichever server it is. */
export const OTHER_ANSWERS: readonly Spoil[] = [
  (response) => response.end('<html>busy</html>'),
  (response) => response.end(),
  (response, answer) => {
    response.writeHead(200, { 'Content-Length': answer.length });
    response.write(answer.slice(0, answer.length / 2), () => response.destroy());
  },
  (response) => response.destroy(),
  (response) => response.writeHead(503).end(),
];

export class Proxy implements AsyncDisposable {
  spoil: Spoil | undefined;
  /** The statuses of the server's answers to searches. */
  readonly statuses: number[] = [];

  private constructor(
    private readonly server: Server,
    target: string,
  ) {
    server.on('request', (request, response: ServerResponse) => {
      const { method = 'GET', url = '', headers } = request;
      const forward = async (): Promise<void> => {
        const body = await text(request);
        const { 'content-type': type = 'application/json' } = headers;
        const answer = await fetch(`${target}${url}`, {
          method,
          headers: { 'content-type': type },
          ...(body && { body }),
        });
        const isSearch = url.includes('_search');
        if (isSearch) this.statuses.push(answer.status);
        if (isSearch && this.spoil) this.spoil(response, await answer.text());
        else response.writeHead(answer.status).end(await answer.text());
      };
      forward().catch(() => response.destroy()); // the server is away
    });
  }

  static async to(target: string): Promise<Proxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Proxy(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.server)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
