// As much of a NATS server as a subscriber needs: https://docs.nats.io/reference/reference-protocols/nats-protocol
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { portOf } from './service.js';

const INFO = { server_id: 'stub', version: '2.9.0', proto: 1, max_payload: 1_048_576, headers: true };

export class NatsStub implements AsyncDisposable {
  /** What each client has said, line by line, without what it publishes. */
  readonly lines: string[] = [];
  /** Answers a client's line instead of the stub if it returns anything. */
  answer: (line: string) => string | undefined = () => undefined;
  private readonly sockets = new Set<Socket>();
  private readonly heard = new EventEmitter();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
      socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
      createInterface(socket)
        .on('line', (line) => this.hear(socket, line))
        .on('error', () => undefined); // those of the socket, once more
    });
  }

  static async listen(port = 0): Promise<NatsStub> {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new NatsStub(server);
  }

  get port(): number {
    return portOf(this.server);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Waits for the next line that a client says, by how it begins. */
  hears(beginning: string): Promise<string> {
    return new Promise((resolve) => {
      // One listener for all lines: several may come at once.
      const listen = (line: string): void => {
        if (!line.startsWith(beginning)) return;
        this.heard.off('line', listen);
        resolve(line);
      };
      this.heard.on('line', listen);
    });
  }

  /** Sends a message to the first subscription of each client, and waits until it has been taken. */
  async deliver(payload: string | Buffer, contentType?: string): Promise<void> {
    const headers = contentType === undefined ? '' : `NATS/1.0\r\nContent-Type: ${contentType}\r\n\r\n`;
    this.send(message(payload, headers));
    await this.flush();
  }

  /** Waits until all that was sent has been taken. Fails if a client hangs up on it. */
  async flush(): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    const hungUp = [...this.sockets].map(async (socket) => {
      await once(socket, 'close', { signal });
      throw new Error('the client has hung up');
    });
    const answered = this.hears('PONG');
    this.send('PING\r\n');
    await Promise.race([answered, ...hungUp]).finally(() => over.abort());
  }

  send(bytes: string | Buffer): void {
    for (const socket of this.sockets) socket.write(bytes);
  }

  /** Ends all connections, and takes new ones. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    this.server.close();
    await once(this.server, 'close');
  }

  private hear(socket: Socket, line: string): void {
    this.lines.push(line);
    this.heard.emit('line', line);
    const answer = this.answer(line) ?? (line === 'PING' ? 'PONG\r\n' : '');
    if (socket.writable) socket.write(answer);
  }
}

/** A message as the server sends it to subscription 1, with its headers as they are on the wire. */
export function message(
  payload: string | Buffer,
  headers: string | Buffer = '',
  subject = 'observations',
): Buffer {
  const [head, body] = [Buffer.from(headers), Buffer.from(payload)];
  const size = head.length + body.length;
  const line = head.length === 0 ? `MSG ${subject} 1 ${size}` : `HMSG ${subject} 1 ${head.length} ${size}`;
  return Buffer.concat([Buffer.from(`${line}\r\n`), head, body, Buffer.from('\r\n')]);
}
