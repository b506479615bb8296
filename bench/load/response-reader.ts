const HEAD_END = '\r\n\r\n';

/** Finds the ends of HTTP/1.1 responses in a stream of bytes; it keeps nothing of them. */
export class ResponseReader {
  /** The beginning of a head or of a chunk's size, whose end has not come yet. */
  private begun: Buffer | undefined;
  private expected: 'head' | 'body' | 'chunk size' | 'chunk' = 'head';
  private status = 0;
  /** Bytes of the body, or of the chunk with its line break, that have not come yet. */
  private remaining = 0;
  private lastChunk = false;

  constructor(private readonly onResponse: (status: number) => void) {}

  read(come: Buffer): void {
    const bytes = this.begun ? Buffer.concat([this.begun, come]) : come;
    this.begun = undefined;
    let at = 0;
    while (at < bytes.length) {
      if (this.expected === 'body' || this.expected === 'chunk') {
        const taken = Math.min(this.remaining, bytes.length - at);
        at += taken;
        this.remaining -= taken;
        if (this.remaining === 0) this.endPart();
        continue;
      }
      const mark = this.expected === 'head' ? HEAD_END : '\r\n';
      const end = bytes.indexOf(mark, at, 'latin1');
      if (end < 0) {
        this.begun = Buffer.from(bytes.subarray(at));
        return;
      }
      const text = bytes.toString('latin1', at, end);
      at = end + mark.length;
      if (this.expected === 'head') this.readHead(text);
      else this.readSize(text);
    }
  }

  private readHead(head: string): void {
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      this.remaining = Number(length);
      this.expected = 'body';
      if (this.remaining === 0) this.endPart();
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      this.expected = 'chunk size';
    } else {
      throw new Error(`a response without a length: ${head}`);
    }
  }

  private readSize(text: string): void {
    const size = Number.parseInt(text, 16);
    this.lastChunk = size === 0;
    this.remaining = size + 2;
    this.expected = 'chunk';
  }

  private endPart(): void {
    if (this.expected === 'chunk' && !this.lastChunk) {
      this.expected = 'chunk size';
      return;
    }
    this.expected = 'head';
    this.onResponse(this.status);
  }
}
