// WebSocket frames of RFC 6455, section 5.2, as far as a load needs them.
import { randomBytes } from 'node:crypto';

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A whole message from a client, which has to be masked. */
export function frame(opcode: number, text = ''): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  for (const [i, byte] of payload.entries()) payload[i] = byte ^ (mask[i % 4] ?? 0);
  return Buffer.concat([Buffer.of(0x80 | opcode), maskedLength(payload.length), mask, payload]);
}

function maskedLength(length: number): Buffer {
  if (length < 126) return Buffer.of(0x80 | length);
  if (length < 65_536) return Buffer.of(0x80 | 126, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(9, 0x80 | 127);
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** Finds the frames in what a server sends; it keeps nothing of them. */
export class FrameReader {
  /** The head of a frame that has not come wholly. */
  private begun = Buffer.alloc(0);
  private remaining = 0;

  constructor(private readonly onFrame: (opcode: number) => void) {}

  read(come: Buffer): void {
    const bytes = this.begun.length > 0 ? Buffer.concat([this.begun, come]) : come;
    this.begun = Buffer.alloc(0);
    let at = Math.min(this.remaining, bytes.length);
    this.remaining -= at;
    while (at < bytes.length) {
      const head = headOf(bytes, at);
      if (!head) {
        this.begun = Buffer.from(bytes.subarray(at));
        return;
      }
      this.onFrame((bytes[at] ?? 0) & 0x0f);
      const end = at + head.size + head.length;
      this.remaining = Math.max(0, end - bytes.length);
      at = end;
    }
  }
}

/** Its own size and the length of what comes behind it, if all of it is there. */
function headOf(bytes: Buffer, at: number): { size: number; length: number } | undefined {
  const available = bytes.length - at;
  if (available < 2) return undefined;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short < 126) return { size: 2, length: short };
  if (short === 126) return available < 4 ? undefined : { size: 4, length: bytes.readUInt16BE(at + 2) };
  return available < 10 ? undefined : { size: 10, length: Number(bytes.readBigUInt64BE(at + 2)) };
}
