// What a server has to answer to any bytes behind an upgrade: a receiver of RFC 6455, written to be read, not to be quick.
import { isUtf8 } from 'node:buffer';
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from '../raw-websocket.js';
import { answerFor, outcomeOfMessage } from './messages.js';
import { ONE_REJECTED, type Outcome } from './observations.js';

/** A close code that ends the connection at once. */
class Failure extends Error {
  constructor(readonly code: number) {
    super();
  }
}

export class Receiver {
  readonly answers: string[] = [];
  readonly outcome: Outcome = { recorded: 0, rejected: 0 };
  private opcode = CONTINUATION;
  private payload = Buffer.alloc(0);

  /** @param limit bytes of the largest message */
  constructor(private readonly limit: number) {}

  read(bytes: Buffer): this {
    try {
      let rest: Buffer | undefined = bytes;
      while (rest) rest = this.readFrame(rest);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.answers.push(`close ${error.code}`);
    }
    return this;
  }

  /** What stands behind the next frame; undefined if that is not complete, or the last. */
  private readFrame(bytes: Buffer): Buffer | undefined {
    if (bytes.length < 2) return undefined;
    const [head, short] = [bytes.readUInt8(0), bytes.readUInt8(1) & 0x7f];
    const [final, opcode] = [head >= 0x80, head & 0x0f];
    this.check(head, bytes.readUInt8(1) >= 0x80, short);
    const size = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < size) return undefined;
    const length = size === 2 ? short : size === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (opcode < CLOSE && this.payload.length + length > this.limit) throw new Failure(1009);
    const start = size + 4;
    if (bytes.length < start + length) return undefined;
    const data = Buffer.from(bytes.subarray(start, start + length));
    for (let i = 0; i < length; i++) data[i] = (data[i] ?? 0) ^ bytes.readUInt8(size + (i % 4));
    if (opcode >= CLOSE) return this.control(opcode, data) ? bytes.subarray(start + length) : undefined;
    if (opcode !== CONTINUATION) this.opcode = opcode;
    this.payload = Buffer.concat([this.payload, data]);
    if (final) this.message();
    return bytes.subarray(start + length);
  }

  /** Sections 5.2 (reserved bits, opcodes), 5.1 (masks), 5.4 (fragments) and 5.5 (control frames). */
  private check(head: number, masked: boolean, short: number): void {
    const opcode = head & 0x0f;
    const known = [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG].includes(opcode);
    if ((head & 0x70) !== 0 || !known || !masked) throw new Failure(1002);
    const continues = this.opcode !== CONTINUATION;
    if (opcode < CLOSE && continues !== (opcode === CONTINUATION)) throw new Failure(1002);
    if (opcode >= CLOSE && (head < 0x80 || short > 125)) throw new Failure(1002);
    if (opcode === CLOSE && short === 1) throw new Failure(1002);
  }

  /** Whether more may follow. */
  private control(opcode: number, data: Buffer): boolean {
    if (opcode === PING) this.answers.push(`pong ${data.toString('latin1')}`.trimEnd());
    if (opcode !== CLOSE) return true;
    if (data.length > 1 && !mayBeSent(data.readUInt16BE())) throw new Failure(1002);
    if (!isUtf8(data.subarray(2))) throw new Failure(1007);
    this.answers.push(data.length === 0 ? 'close' : `close ${data.readUInt16BE()}`);
    return false;
  }

  private message(): void {
    const { opcode, payload } = this;
    this.opcode = CONTINUATION;
    this.payload = Buffer.alloc(0);
    if (opcode === TEXT && !isUtf8(payload)) throw new Failure(1007);
    const outcome = opcode === TEXT ? outcomeOfMessage(payload) : ONE_REJECTED;
    this.answers.push(answerFor(outcome));
    this.outcome.recorded += outcome.recorded;
    this.outcome.rejected += outcome.rejected;
  }
}

/** Section 7.4, and the codes registered since. */
function mayBeSent(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code < 5000)
  );
}
