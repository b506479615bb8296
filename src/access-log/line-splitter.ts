/** Cuts a stream of text into lines, whatever the pieces in which it comes. A line ends with LF or CRLF. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet; empty while a line that is too long is passed over. */
  private pending = '';
  private pendingLength = 0;

  /**
   * @param longest characters of a line that is still taken; the memory for a line is no more than that and a piece
   * @param onLine gets each line without its line break, or undefined for one that is too long
   */
  constructor(
    private readonly longest: number,
    private readonly onLine: (line: string | undefined) => void,
  ) {}

  /** Characters since the last line break. */
  get unfinished(): number {
    return this.pendingLength;
  }

  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.append(text.slice(start, end));
      this.emit();
      start = end + 1;
    }
    this.append(text.slice(start));
  }

  /** Takes what there is of an unfinished line for a line, if there is any: no more of it will come. */
  flush(): void {
    if (this.pendingLength > 0) this.emit();
  }

  private append(piece: string): void {
    // A writer that does not append leaves a hole of zeros after a truncation, in front of its next line.
    const text = this.pendingLength === 0 && piece.startsWith('\0') ? piece.replace(/^\0+/, '') : piece;
    this.pendingLength += text.length;
    this.pending = this.pendingLength > this.longest ? '' : this.pending + text;
  }

  private emit(): void {
    if (this.pendingLength > this.longest) this.onLine(undefined);
    else this.onLine(this.pending.endsWith('\r') ? this.pending.slice(0, -1) : this.pending);
    this.pending = '';
    this.pendingLength = 0;
  }
}
