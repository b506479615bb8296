import { connect, type Socket } from 'node:net';
import { ResponseReader } from './response-reader.js';

/** A connection that is kept alive, with one request on the way at a time. */
export class Connection {
  private readonly socket: Socket;
  private sent = 0;

  /** @param onAnswer is told the milliseconds from the request to the end of its answer */
  constructor(port: number, onAnswer: (milliseconds: number) => void) {
    const reader = new ResponseReader((status) => {
      if (status !== 200) throw new Error(`the server answers ${status}`);
      onAnswer(performance.now() - this.sent);
    });
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      // One buffer for all that comes: nothing is allocated for a response.
      onread: {
        buffer: Buffer.allocUnsafe(65_536),
        callback: (length, buffer) => {
          reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    this.socket.on('close', () => {
      if (!this.socket.writableEnded) throw new Error('the server has hung up');
    });
  }

  send(request: Buffer): void {
    this.sent = performance.now();
    this.socket.write(request);
  }

  end(): void {
    this.socket.end();
  }
}

/** A request's bytes. */
export function requestOf(path: string, headers: readonly string[] = [], body?: string): Buffer {
  const lines = [`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers];
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}
