import type { Readable } from 'node:stream';
import { type LineSink, LineSplitter } from './line-splitter.js';
import { LONGEST_LINE } from './log-file.js';
import { pushInTurns } from './turns.js';

/** Reads lines from standard input until it ends. After a restart, lines cannot be read again. */
export class StandardInput {
  private reading: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly input: Readable,
    private readonly sink: LineSink,
    private readonly onEnd: (error?: unknown) => void,
  ) {}

  start(): void {
    const end = (error?: unknown): void => {
      if (!this.stopped) this.onEnd(error);
    };
    this.reading = this.read().then(() => end(), end);
  }

  /** Unread lines stay with the writer. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.reading) this.input.destroy();
    await this.reading;
  }

  private async read(): Promise<void> {
    const splitter = new LineSplitter(LONGEST_LINE, this.sink);
    const pieces: AsyncIterable<Buffer> = this.input;
    for await (const piece of pieces) await pushInTurns(piece, splitter, () => this.sink.flush());
    splitter.flush();
    this.sink.flush();
  }
}
