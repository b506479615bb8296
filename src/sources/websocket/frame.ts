/** Opcodes of frames: RFC 6455, 5.2. */
export const TEXT = 0x1;
export const PONG = 0xa;

const FINAL = 0x80;
const LONGEST_SHORT = 125;
const EXTENDED_16 = 126;
const EXTENDED_64 = 127;
const LONGEST_16 = 0xffff;

/** A whole message from a server, in one unmasked frame: RFC 6455, 5.2. */
export function frame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([head(opcode, payload.length), payload]);
}

function head(opcode: number, length: number): Buffer {
  if (length <= LONGEST_SHORT) return Buffer.of(FINAL | opcode, length);
  if (length <= LONGEST_16) return Buffer.of(FINAL | opcode, EXTENDED_16, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(10);
  bytes[0] = FINAL | opcode;
  bytes[1] = EXTENDED_64;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
