import {
  BACKSLASH,
  BLANK,
  CARRIAGE_RETURN,
  LINE_FEED,
  MINUS,
  OPENING_BRACKET,
  QUOTE,
} from '../../platform/ascii.js';
import { afterBlanks, closingQuote, isDigit, startsWith, tokenEnd } from './bytes.js';

const COLON = 0x3a;
const LESS = 0x3c;
const CAPITAL_A = 0x41;
const CAPITAL_P = 0x50;
const CAPITAL_T = 0x54;

/** Most bytes of a line that is joined from parts. */
const LONGEST_LINE = 1024 * 1024;

/** Bytes of a line with the shortest envelope. */
const SHORTEST = 20;

/** Docker splits lines into parts of this size. */
const DOCKER_PART = 16 * 1024;

/** Bytes of the usual timestamp. */
const CRI_TIME = 30;

const STDOUT = Buffer.from('stdout ');
const STDERR = Buffer.from('stderr ');
const DOCKER_START = Buffer.from('{"log":"');

/** The envelope of a line. `part`: the line is unfinished; `too_long`: the joined parts are too long. */
export type Envelope = 'none' | 'container' | 'syslog' | 'part' | 'too_long';

/**
 * Unwraps lines of container runtimes and syslog: Docker's json-file, CRI
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md), RFC 3164 and RFC 5424. Parts
 * of a line are joined, separately for each stream.
 */
export class Envelopes {
  /** The line that was unwrapped last: its bytes from `start` up to `end`. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** The parts of unfinished lines so far; of a line that is too long, only the length. */
  private readonly joined = { stdout: nothing(), stderr: nothing() };
  private scratch = Buffer.alloc(DOCKER_PART);

  /** Bytes of lines whose last parts are still to come. */
  get pending(): number {
    return this.joined.stdout.length + this.joined.stderr.length;
  }

  /** Unwraps the line from `from` up to `to`. */
  open(bytes: Buffer, from: number, to: number): Envelope {
    const first = bytes[from] ?? 0;
    // A quick check, because most lines have no envelope.
    if (to - from < SHORTEST || (isDigit(first) && bytes[from + 4] !== MINUS)) return 'none';
    this.bytes = bytes;
    this.start = from;
    this.end = to;
    if (first === DOCKER_START[0])
      return startsWith(bytes, from, to, DOCKER_START) ? this.openDocker() : 'none';
    if (first === LESS) return this.openSyslog();
    if (isDigit(first) && isIsoTime(bytes, from))
      return this.openCri() ?? this.openTagged(tokenEnd(bytes, from, to));
    if (first >= CAPITAL_A && isSyslogTime(bytes, from)) return this.openTagged(from + 15);
    return 'none';
  }

  /** `2026-11-22T13:55:36.123456789Z stdout F the line`; tags after F or P are separated by colons. */
  private openCri(): Envelope | undefined {
    const { bytes, end } = this;
    const usual = this.start + CRI_TIME;
    const stream = (bytes[usual] === BLANK ? usual : tokenEnd(bytes, this.start, end)) + 1;
    const tag = stream + STDOUT.length;
    const isStderr = startsWith(bytes, stream, end, STDERR);
    if (tag >= end || !(isStderr || startsWith(bytes, stream, end, STDOUT))) return undefined;
    this.start = Math.min(tokenEnd(bytes, tag, end) + 1, end);
    return this.join(isStderr ? 'stderr' : 'stdout', bytes[tag] === CAPITAL_P);
  }

  /** `{"log":"the line\n","stream":"stdout","time":"…"}`; a part ends without a line feed. */
  private openDocker(): Envelope {
    const from = this.start + DOCKER_START.length;
    const closing = closingQuote(this.bytes, from, this.end);
    if (closing < 0) return 'none';
    const isStderr = this.bytes
      .toString('latin1', closing, Math.min(this.end, closing + 100))
      .includes('"stderr"');
    if (this.scratch.length < closing - from) this.scratch = Buffer.alloc(2 * (closing - from));
    const length = unescape(this.bytes, from, closing, this.scratch);
    this.bytes = this.scratch;
    this.start = 0;
    this.end = length;
    const isWhole = length < DOCKER_PART || this.scratch[length - 1] === LINE_FEED;
    if (length > 0 && this.scratch[length - 1] === LINE_FEED) this.end--;
    return this.join(isStderr ? 'stderr' : 'stdout', !isWhole);
  }

  private join(stream: 'stdout' | 'stderr', isPart: boolean): Envelope {
    const joined = this.joined[stream];
    if (isPart || joined.length > 0) {
      joined.length += this.end - this.start;
      const isTooLong = joined.length > LONGEST_LINE;
      if (isTooLong) joined.parts = [];
      else joined.parts.push(Buffer.from(this.bytes.subarray(this.start, this.end)));
      if (isPart) return 'part';
      this.bytes = Buffer.concat(joined.parts);
      this.start = 0;
      this.end = this.bytes.length;
      this.joined[stream] = nothing();
      if (isTooLong) return 'too_long';
    }
    if (this.end > this.start && this.bytes[this.end - 1] === CARRIAGE_RETURN) this.end--;
    return 'container';
  }

  /** `<190>Nov 22 13:55:36 web1 nginx: the line`, or `<190>1 2026-… web1 nginx 7 - - the line`. */
  private openSyslog(): Envelope {
    const { bytes, start, end } = this;
    let at = start + 1;
    while (at < end && isDigit(bytes[at] ?? 0)) at++;
    if (at === start + 1 || at > start + 4 || bytes[at] !== 0x3e) return 'none';
    at++;
    if (bytes[at] === 0x31 && bytes[at + 1] === BLANK) return this.openStructured(at + 2);
    if (isSyslogTime(bytes, at)) at += 15;
    else if (isIsoTime(bytes, at)) at = tokenEnd(bytes, at, end);
    if (this.openTagged(at) === 'none') this.start = afterBlanks(bytes, at, end);
    return 'syslog';
  }

  /** RFC 5424, after its version: five words, then structured data or `-`. */
  private openStructured(from: number): Envelope {
    const { bytes, end } = this;
    let at = from;
    for (let word = 0; word < 5; word++) at = tokenEnd(bytes, at, end) + 1;
    if (at >= end) return 'none';
    if (bytes[at] === MINUS) at++;
    while (at < end && bytes[at] === OPENING_BRACKET) {
      for (at++; at < end && bytes[at] !== 0x5d; at++) {
        if (bytes[at] === BACKSLASH) at++;
        else if (bytes[at] === QUOTE) at = Math.max(closingQuote(bytes, at + 1, end), at);
      }
      at++;
    }
    this.start = afterBlanks(bytes, Math.min(at, end), end);
    return 'syslog';
  }

  /** After the time: `web1 nginx[7]: the line`, or without the host. */
  private openTagged(time: number): Envelope {
    const { bytes, end } = this;
    let from = afterBlanks(bytes, time, end);
    for (let word = 0; word < 2; word++) {
      const to = tokenEnd(bytes, from, end);
      if (to < end && to > from && bytes[to - 1] === COLON) {
        this.start = afterBlanks(bytes, to, end);
        return 'syslog';
      }
      from = afterBlanks(bytes, to, end);
    }
    return 'none';
  }
}

function nothing(): { parts: Buffer[]; length: number } {
  return { parts: [], length: 0 };
}

/** `2026-11-22T13:55:36` */
function isIsoTime(bytes: Buffer, at: number): boolean {
  return (
    bytes[at + 4] === MINUS &&
    bytes[at + 7] === MINUS &&
    bytes[at + 10] === CAPITAL_T &&
    bytes[at + 13] === COLON
  );
}

/** `Nov 22 13:55:36 ` */
function isSyslogTime(bytes: Buffer, at: number): boolean {
  return (
    bytes[at + 3] === BLANK &&
    bytes[at + 6] === BLANK &&
    bytes[at + 9] === COLON &&
    bytes[at + 12] === COLON &&
    bytes[at + 15] === BLANK
  );
}

const ESCAPES: Readonly<Record<number, number>> = {
  0x6e: LINE_FEED,
  0x74: 0x09,
  0x72: CARRIAGE_RETURN,
  0x62: 0x08,
  0x66: 0x0c,
};
const SMALL_U = 0x75;

/** Decodes a JSON string into `target`, which must be at least as long; returns the number of bytes. */
function unescape(bytes: Buffer, from: number, to: number, target: Buffer): number {
  let length = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== BACKSLASH) target[length++] = byte;
    else if (bytes[++at] === SMALL_U) {
      const code = Number.parseInt(bytes.toString('latin1', at + 1, at + 5), 16);
      if (code < 0x80) target[length++] = code;
      else length += target.write(String.fromCharCode(code || 0xfffd), length);
      at += 4;
    } else target[length++] = ESCAPES[bytes[at] ?? 0] ?? bytes[at] ?? 0;
  }
  return length;
}
