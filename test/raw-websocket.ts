// A WebSocket client of bytes: it sends any frames, also those that RFC 6455 forbids, and tells what is answered.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** Opcodes: RFC 6455, 5.2. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

export interface FrameOptions {
  final?: boolean;
  /** The three reserved bits, 0–7. */
  reserved?: number;
  masked?: boolean;
  /** Bits of the length; by itself the fewest that hold it. */
  lengthBits?: 7 | 16 | 64;
}

const MASK = Buffer.of(0x37, 0xfa, 0x21, 0x3d);

/** A frame of RFC 6455, 5.2, as a client sends it, unless the options say otherwise. */
export function frame(opcode: number, data: Buffer | string = '', options: FrameOptions = {}): Buffer {
  const { final = true, reserved = 0, masked = true } = options;
  const payload = Buffer.from(data);
  const { length } = payload;
  const { lengthBits = length < 126 ? 7 : length < 65_536 ? 16 : 64 } = options;
  if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (MASK[i % 4] ?? 0);
  return Buffer.concat([
    Buffer.of((final ? 0x80 : 0) | (reserved << 4) | opcode),
    lengthOf(length, lengthBits, masked ? 0x80 : 0),
    masked ? MASK : Buffer.alloc(0),
    payload,
  ]);
}

function lengthOf(length: number, bits: 7 | 16 | 64, maskBit: number): Buffer {
  if (bits === 7) return Buffer.of(maskBit | length);
  if (bits === 16) return Buffer.of(maskBit | 126, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(9, maskBit | 127);
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** A close frame; RFC 6455, 5.5.1. */
export function close(code: number, reason: Buffer | string = ''): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

/** A request for an upgrade at a path, with further lines of its head. */
export function upgradeOf(path: string, lines: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: a',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...lines,
    '\r\n',
  ].join('\r\n');
}

/** What a server sends after its upgrade, frame by frame: `recorded 1`, `rejected …`, `pong …`, `close 1002`. */
export class AnswerReader {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onAnswer: (answer: string) => void) {}

  read(come: Buffer): void {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, come]) : come;
    for (let end = endOfFrame(bytes); end <= bytes.length; end = endOfFrame(bytes)) {
      this.onAnswer(answerOf(bytes.subarray(0, end)));
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }
}

/** The length of the frame that the bytes begin with; infinite as long as they do not tell. */
function endOfFrame(bytes: Buffer): number {
  if (bytes.length < 2) return Infinity;
  const short = bytes.readUInt8(1); // a server masks nothing
  if (short < 126) return 2 + short;
  if (short === 126) return bytes.length < 4 ? Infinity : 4 + bytes.readUInt16BE(2);
  return bytes.length < 10 ? Infinity : 10 + Number(bytes.readBigUInt64BE(2));
}

function answerOf(bytes: Buffer): string {
  const payload = bytes.subarray(bytes.readUInt8(1) < 126 ? 2 : 4);
  switch (bytes.readUInt8(0)) {
    case 0x80 | PONG:
      return `pong ${payload.toString('latin1')}`.trimEnd();
    case 0x80 | PING:
      return 'ping';
    case 0x80 | CLOSE:
      return payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}`;
    case 0x80 | TEXT: {
      const { event, data } = JSON.parse(payload.toString());
      return event === 'recorded' ? `recorded ${data.recorded}` : `${event} ${data.problems[0].detail}`;
    }
    default:
      return `a frame that begins with ${bytes.subarray(0, 2).toString('hex')}`;
  }
}

/** A connection that was upgraded. */
export class RawWebSocket {
  readonly answers: string[] = [];
  /** All answers, once the service has hung up. */
  readonly ended: Promise<string[]>;

  private constructor(private readonly socket: Socket) {
    const reader = new AnswerReader((answer) => this.answers.push(answer));
    this.ended = once(socket, 'close').then(() => this.answers);
    socket.on('data', (bytes: Buffer) => {
      reader.read(bytes);
      socket.emit('progress');
    });
    socket.on('close', () => socket.emit('progress'));
  }

  static async open(port: number, path = '/ws/a'): Promise<RawWebSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined); // what the service resets has also ended
    socket.write(upgradeOf(path));
    const [head]: Buffer[] = await once(socket, 'data');
    if (!head?.toString().startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${String(head)}`);
    return new RawWebSocket(socket);
  }

  /** Sends bytes so that a service in this process reads each on its own. */
  async sendOneByOne(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      if (!this.socket.writable) return;
      this.socket.write(Buffer.of(byte));
      await setImmediate();
      await setImmediate();
    }
  }

  /** Sends bytes in pieces of a size, each handed to the system on its own. */
  async send(bytes: Buffer, size = bytes.length): Promise<void> {
    for (let start = 0; start < bytes.length && this.socket.writable; start += size) {
      const piece = bytes.subarray(start, start + size);
      await new Promise((resolve) => this.socket.write(piece, resolve));
    }
  }

  /** Takes so many answers, when they have come; fewer if the service hangs up. */
  async next(count: number): Promise<string[]> {
    while (this.answers.length < count && !this.socket.closed) await once(this.socket, 'progress');
    return this.answers.splice(0, count);
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.socket.end();
  }
}
