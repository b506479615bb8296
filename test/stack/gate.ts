import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { portOf } from '../service.js';

/** One address for services that come one after the other; 503 while there is none. */
export class Gate implements AsyncDisposable {
  private target: string | undefined;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const gate = new Gate(server);
    server.on('request', ({ url = '/' }, response) => {
      gate.fetch(url).then(
        (body) => response.setHeader('Content-Type', 'text/plain').end(body),
        () => response.writeHead(503).end(),
      );
    });
    return gate;
  }

  get port(): number {
    return portOf(this.server);
  }

  leadTo(target: string | undefined): void {
    this.target = target;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async fetch(path: string): Promise<string> {
    if (this.target === undefined) throw new Error('there is no service');
    return (await fetch(`${this.target}${path}`)).text();
  }
}
