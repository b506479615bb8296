// What lies between a client and a server, and can be cut, or lose what the client says.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { portOf } from '../service.js';

export class Cable implements AsyncDisposable {
  private readonly ends = new Set<Socket>();
  private readonly clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    port: number,
  ) {
    server.on('connection', (client) => {
      const upstream = connect(port, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      this.clients.add(client.on('close', () => this.clients.delete(client)));
      for (const [end, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.ends.add(end);
        end
          .on('error', () => undefined)
          .on('close', () => {
            this.ends.delete(end);
            other.destroy();
          });
      }
    });
  }

  static async to(port: number): Promise<Cable> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Cable(server, port);
  }

  /** Where a client connects instead. */
  get port(): number {
    return portOf(this.server);
  }

  /** Loses all that comes from the clients that are connected now; what servers say still reaches them. */
  hush(): void {
    for (const client of this.clients) client.unpipe().resume();
  }

  /** Breaks all connections, with whatever is on its way. New ones are possible at once. */
  cut(): void {
    for (const end of this.ends) end.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}
