import { CARRIAGE_RETURN, LINE_FEED, NUL } from '../../platform/ascii.js';

/** What takes the lines of a file. */
export interface LineSink {
  /**
   * Takes a line without its line break: what stands from `start` to `end` of bytes that may hold others, and that will be
   * overwritten. They are undefined for a line that is too long.
   */
  line(bytes: Buffer | undefined, start: number, end: number): void;
  /** Called after some lines, in the same turn: from now on, positions belong to what is recorded. */
  flush(): void;
}

const NOTHING = Buffer.alloc(0);

/** Cuts a stream of bytes into lines, whatever the pieces in which it comes. A line ends with LF or CRLF. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet; empty while a line that is too long is passed over. */
  private pending = NOTHING;
  private pendingLength = 0;

  /** @param longest bytes of a line that is still taken; the memory for a line is no more than that and a piece */
  constructor(
    private readonly longest: number,
    private readonly sink: LineSink,
  ) {}

  /** Takes the bytes from `from` up to `to`. */
  push(bytes: Buffer, from = 0, to = bytes.length): void {
    let start = from;
    for (let end = bytes.indexOf(LINE_FEED, start); end >= 0 && end < to;) {
      if (this.pendingLength === 0) {
        this.emit(bytes, bytes[start] === NUL ? afterHole(bytes, start, end) : start, end);
      } else {
        this.append(bytes, start, end);
        this.emitPending();
      }
      start = end + 1;
      end = bytes.indexOf(LINE_FEED, start);
    }
    this.append(bytes, start, to);
  }

  /** Takes what there is of an unfinished line for a line, if there is any: no more of it will come. */
  flush(): void {
    if (this.pendingLength > 0) this.emitPending();
  }

  private append(bytes: Buffer, start: number, end: number): void {
    const from = this.pendingLength === 0 ? afterHole(bytes, start, end) : start;
    this.pendingLength += end - from;
    if (this.pendingLength > this.longest) this.pending = NOTHING;
    else if (end > from) this.pending = Buffer.concat([this.pending, bytes.subarray(from, end)]);
  }

  private emitPending(): void {
    const { pending, pendingLength } = this;
    this.pending = NOTHING;
    this.pendingLength = 0;
    if (pendingLength > this.longest) this.sink.line(undefined, 0, 0);
    else this.emit(pending, 0, pendingLength);
  }

  private emit(bytes: Buffer, start: number, end: number): void {
    if (end - start > this.longest) this.sink.line(undefined, 0, 0);
    else if (end > start && bytes[end - 1] === CARRIAGE_RETURN) this.sink.line(bytes, start, end - 1);
    else this.sink.line(bytes, start, end);
  }
}

/** A writer that does not append leaves a hole of zeros after a truncation, in front of its next line. */
function afterHole(bytes: Buffer, start: number, end: number): number {
  let from = start;
  while (from < end && bytes[from] === NUL) from++;
  return from;
}
