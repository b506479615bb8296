import { CARRIAGE_RETURN, NUL } from '../../platform/ascii.js';

/**
 * Takes a line without its line break: what stands from `start` to `end` of a text that may hold others. It is undefined
 * for a line that is too long.
 */
export type OnLine = (text: string | undefined, start: number, end: number) => void;

const LINE_FEED = '\n';

/** Cuts a stream of text into lines, whatever the pieces in which it comes. A line ends with LF or CRLF. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet; empty while a line that is too long is passed over. */
  private pending = '';
  private pendingLength = 0;

  /** @param longest characters of a line that is still taken; the memory for a line is no more than that and a piece */
  constructor(
    private readonly longest: number,
    private readonly onLine: OnLine,
  ) {}

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED, start)) {
      if (this.pendingLength === 0) {
        this.emit(text, afterHole(text, start, end), end);
      } else {
        this.append(text, start, end);
        this.emitPending();
      }
      start = end + 1;
    }
    this.append(text, start, text.length);
  }

  /** Takes what there is of an unfinished line for a line, if there is any: no more of it will come. */
  flush(): void {
    if (this.pendingLength > 0) this.emitPending();
  }

  private append(text: string, start: number, end: number): void {
    const from = this.pendingLength === 0 ? afterHole(text, start, end) : start;
    this.pendingLength += end - from;
    this.pending = this.pendingLength > this.longest ? '' : this.pending + text.slice(from, end);
  }

  private emitPending(): void {
    const { pending, pendingLength } = this;
    this.pending = '';
    this.pendingLength = 0;
    if (pendingLength > this.longest) this.onLine(undefined, 0, 0);
    else this.emit(pending, 0, pendingLength);
  }

  private emit(text: string, start: number, end: number): void {
    if (end - start > this.longest) this.onLine(undefined, 0, 0);
    else if (end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN) this.onLine(text, start, end - 1);
    else this.onLine(text, start, end);
  }
}

/** A writer that does not append leaves a hole of zeros after a truncation, in front of its next line. */
function afterHole(text: string, start: number, end: number): number {
  let from = start;
  while (from < end && text.charCodeAt(from) === NUL) from++;
  return from;
}
