import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Response {
  status: number;
  body: string;
}

/** Finds the responses in what a server sends on one connection, as far as their bodies have a Content-Length. */
class ResponseReader {
  private rest = Buffer.alloc(0);

  constructor(private readonly onResponse: (status: number, body: string) => void) {}

  read(come: Buffer<ArrayBuffer>): void {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, come]) : come;
    for (let head = bytes.indexOf('\r\n\r\n'); head >= 0; head = bytes.indexOf('\r\n\r\n')) {
      const text = bytes.toString('latin1', 0, head);
      const start = head + 4;
      const end = start + Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
      if (bytes.length < end) break;
      this.onResponse(Number(text.slice(9, 12)), bytes.toString('utf8', start, end));
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }
}

/** A connection that is kept, on which requests may be pipelined. */
export class Pipeline {
  private readonly responses: Response[] = [];
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    const reader = new ResponseReader((status, body) => this.responses.push({ status, body }));
    this.socket.on('data', (bytes: Buffer<ArrayBuffer>) => {
      reader.read(bytes);
      this.socket.emit('progress');
    });
    this.socket.on('close', () => this.socket.emit('progress'));
  }

  /** Sends so many requests, and takes the answers to them; fewer if the server hangs up. */
  async ask(requests: Buffer, count: number): Promise<Response[]> {
    this.socket.write(requests);
    while (this.responses.length < count && !this.socket.closed) await once(this.socket, 'progress');
    return this.responses.splice(0, count);
  }

  close(): void {
    this.socket.destroy();
  }
}
