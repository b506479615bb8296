import { CARRIAGE_RETURN, LINE_FEED, NUL } from '../../platform/ascii.js';

/** Receives the lines of a file. */
export interface LineSink {
  /**
   * Takes a line without its line break: the bytes from `start` to `end`. The buffer may hold other lines, and will be
   * overwritten. It is undefined for a line that is too long.
   */
  line(bytes: Buffer | undefined, start: number, end: number): void;
  /** Called after some lines, in the same turn: records them, so that positions match what is recorded. */
  flush(): void;
}

const NOTHING = Buffer.alloc(0);

/** Splits a stream of bytes into lines, however it is cut into pieces. A line ends with LF or CRLF. */
export class LineSplitter {
  /** The beginning of an unfinished line; empty while a line that is too long is skipped. */
  private pending = NOTHING;
  private pendingLength = 0;

  /** @param longest bytes of the longest accepted line; memory is limited to that and a piece */
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

  /** Treats an unfinished line, if there is one, as complete: no more of it will come. */
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
