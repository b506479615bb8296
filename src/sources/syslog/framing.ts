import { CARRIAGE_RETURN, LINE_FEED, NUL } from '../../platform/ascii.js';

/** Bytes of the longest message that is read. No datagram is longer. */
export const LONGEST_MESSAGE = 65_536;

/** Receives a message without its terminator; undefined for one that is too long. The bytes are valid only during the call. */
export type OnMessage = (bytes: Buffer | undefined, start: number, end: number) => void;

const LESS = 0x3c;

/** A count of octets, up to seven digits. No sender writes longer ones. */
const COUNT = /^[1-9]\d{0,6} /;
const BEGUN_COUNT = /^[1-9]\d{0,6}$/;
const LONGEST_COUNT = 8;

/**
 * Splits the data of a connection into messages, by octet counting or by line feeds (RFC 6587, 3.4). The first bytes decide
 * which, for the whole connection.
 */
export class Framing {
  private isCounted: boolean | undefined;
  /** The beginning of an unfinished message. */
  private held: Buffer = Buffer.alloc(0);
  /** Whether a line that is too long is being skipped. */
  private isTooLong = false;
  /** Bytes to skip of a counted message that is too long. */
  private passing = 0;
  private isBroken = false;

  constructor(private readonly onMessage: OnMessage) {}

  /** Whether a message is unfinished. */
  get isUnfinished(): boolean {
    return this.held.length > 0 || this.isTooLong || this.passing > 0;
  }

  /** Returns false if a count is missing, so that the start of the next message is unknown. */
  push(chunk: Buffer): boolean {
    const bytes = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    this.isCounted ??= beginsWithCount(bytes);
    let at = 0;
    for (let next = 0; next >= 0 && at < bytes.length;) {
      next = this.isCounted ? this.takeCounted(bytes, at) : this.takeLine(bytes, at);
      at = Math.max(at, next);
    }
    this.held = Buffer.from(bytes.subarray(at)); // a copy, so that the chunk can be freed
    return !this.isBroken;
  }

  /**
   * Ends the stream.
   *
   * @param isOrderly whether the sender ended it, which terminates a line as a line feed does
   * @returns whether a message was cut off
   */
  end(isOrderly: boolean): boolean {
    const { held } = this;
    this.held = Buffer.alloc(0);
    if (this.isTooLong) this.onMessage(undefined, 0, 0);
    else if (held.length > 0 && (this.isCounted === true || !isOrderly)) return !this.isBroken;
    else if (held.length > 0) this.onMessage(held, 0, endOf(held, 0, held.length));
    return false;
  }

  /** Takes a message from `at` and returns the start of the next, or -1 if it is unfinished. */
  private takeLine(bytes: Buffer, at: number): number {
    // Until the framing is known, it may be a count.
    if (this.isCounted === undefined) return -1;
    const end = bytes.indexOf(LINE_FEED, at);
    const isTooLong = this.isTooLong || (end < 0 ? bytes.length : end) - at > LONGEST_MESSAGE;
    this.isTooLong = isTooLong && end < 0;
    if (end < 0) return isTooLong ? bytes.length : -1;
    this.onMessage(isTooLong ? undefined : bytes, at, endOf(bytes, at, end));
    return end + 1;
  }

  private takeCounted(bytes: Buffer, at: number): number {
    if (this.passing > 0) {
      const passed = Math.min(this.passing, bytes.length - at);
      this.passing -= passed;
      return at + passed;
    }
    if (isLineBreak(bytes[at])) return at + 1; // some senders terminate counted messages, too
    const text = bytes.toString('latin1', at, at + LONGEST_COUNT);
    const [count = ''] = COUNT.exec(text) ?? [];
    const start = at + count.length;
    const end = start + Number(count);
    if (count === '') {
      this.isBroken = !BEGUN_COUNT.test(text);
      return -1;
    }
    if (end - start > LONGEST_MESSAGE) {
      this.onMessage(undefined, 0, 0);
      this.passing = end - start;
      return start;
    }
    if (end > bytes.length) return -1;
    this.onMessage(bytes, start, endOf(bytes, start, end));
    return end;
  }
}

/** Whether a stream begins with `123 <`; undefined while that is open. */
function beginsWithCount(bytes: Buffer): boolean | undefined {
  const [count = ''] = COUNT.exec(bytes.toString('latin1', 0, LONGEST_COUNT)) ?? [];
  if (count !== '') return bytes.length > count.length ? bytes[count.length] === LESS : undefined;
  return bytes.length < LONGEST_COUNT && BEGUN_COUNT.test(bytes.toString('latin1')) ? undefined : false;
}

/** The end of a message without the line breaks and zeros that many senders append. */
export function endOf(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && isLineBreak(bytes[last - 1])) last--;
  return last;
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === NUL;
}
