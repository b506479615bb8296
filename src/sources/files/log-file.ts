import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LINE_FEED } from '../../platform/ascii.js';
import { type LineSink, LineSplitter } from './line-splitter.js';
import type { Identity, Position } from './positions.js';
import { pushInTurns } from './turns.js';

/** Where reading starts: at a position, or after the last complete line of the first `size` bytes. */
export type Start = Position | (Identity & { size: number });

/** Bytes read at once, at the most and at the least. */
const [PIECE, SMALL_PIECE] = [262_144, 4_096];

/** Bytes before a position that are compared to detect a truncated or replaced file. */
const BEFORE = 64;

/** Bytes before the start position that are examined first. */
const BEHIND = 65_536;

/** Bytes of the longest header of a W3C log. */
const LONGEST_HEADER = 4_096;

/** Bytes of the longest line that is read. Longer ones are rejected. */
export const LONGEST_LINE = 1_048_576;

export function identityOf({ dev, ino }: BigIntStats): Identity {
  return { device: String(dev), inode: String(ino) };
}

export function same(one: Identity, other: Identity): boolean {
  return one.inode === other.inode && one.device === other.device;
}

/** Receives the lines of a file. */
export interface LogSink extends LineSink {
  /**
   * Examines complete lines before the first line that it takes. They are not counted, but tell how to read later ones. Calls are
   * independent. Returns how many bytes they hold of lines whose last parts are still to come.
   */
  lookBehind(lines: Buffer): number;
}

/** An open file from which lines are read as it grows, even if it is moved. */
export class LogFile {
  /** When something was last read, or the file was opened. Set by the follower. */
  lastChange = 0;
  /** Its size in bytes at the last poll. */
  size = 0;
  /** Whether it is no longer in any directory. */
  deleted = false;
  /** Whether it was truncated while it was read. */
  truncated = false;
  /** Bytes that were read. */
  private read = 0;
  /** The last of those bytes. */
  private before: Buffer = Buffer.alloc(0);
  /** Bytes of complete lines that were read. */
  private lineStart = 0;
  /** The last of those bytes. */
  private beforeLine: Buffer = Buffer.alloc(0);
  private finished = false;
  private modified = -1n;
  private readonly splitter: LineSplitter;

  private constructor(
    readonly identity: Identity,
    readonly born: bigint,
    private readonly handle: FileHandle,
    private readonly sink: LogSink,
  ) {
    this.splitter = new LineSplitter(LONGEST_LINE, sink);
  }

  /**
   * Opens a file to read it from its position in `starts`, or else from the beginning. If it was truncated or replaced since,
   * it is read from the beginning, too.
   *
   * @throws NodeJS.ErrnoException as `open` does, or Error if it is not a regular file
   */
  static async open(path: string, starts: readonly Start[], sink: LogSink): Promise<LogFile> {
    // O_NONBLOCK: a named pipe without a writer would block a thread forever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new Error('it is not a regular file');
      const file = new LogFile(identityOf(stats), stats.birthtimeNs, handle, sink);
      const start = starts.findLast((known) => same(known, file.identity));
      if (start) await file.skipTo(start);
      if (file.read > 0) await file.lookBehind();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Reads new lines until there are no more or `goesOn` returns false.
   *
   * @returns whether the file has changed
   */
  async readNewLines(goesOn: () => boolean): Promise<boolean> {
    const { size, mtimeNs, nlink } = await this.handle.stat({ bigint: true });
    this.deleted = nlink === 0n;
    if (Number(size) === this.read && mtimeNs === this.modified) return false;
    this.size = Number(size);
    if (this.size < this.read || !(await this.bytesBefore(this.read)).equals(this.before)) {
      this.flush();
      this.truncated = true;
      this.startAt(0, Buffer.alloc(0));
    }
    // A small buffer, because there may be many files that grow slowly.
    let buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(SMALL_PIECE, this.size - this.read)));
    while (goesOn()) {
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.read);
      if (bytesRead === 0) break;
      await this.take(buffer.subarray(0, bytesRead));
      if (bytesRead === buffer.length && bytesRead < PIECE) buffer = Buffer.allocUnsafe(PIECE);
    }
    // Set last, so that unread pieces and changes during the read are found by the next poll.
    this.modified = mtimeNs;
    return true;
  }

  get percentRead(): number {
    return this.size === 0 ? 100 : Math.floor((this.read / this.size) * 100);
  }

  /** Treats a last line without a line break as complete: nobody writes to the file any more. */
  finish(): void {
    this.flush();
    this.startAt(this.read, this.before);
    this.finished = true;
  }

  /** The position after the lines that the sink has received. */
  position(): Position {
    return {
      ...this.identity,
      born: String(this.born),
      truncated: this.truncated,
      offset: this.lineStart,
      before: this.beforeLine.toString('base64'),
      ...(this.finished && { finished: true }),
    };
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async take(piece: Buffer): Promise<void> {
    const { read, before } = this;
    await pushInTurns(piece, this.splitter, (bytes) => {
      this.sink.flush();
      const end = piece.lastIndexOf(LINE_FEED, bytes - 1) + 1;
      if (end > 0) {
        this.lineStart = read + end;
        this.beforeLine = lastOf(before, piece.subarray(0, end));
      }
      this.read = read + bytes;
      this.before = lastOf(before, piece.subarray(0, bytes));
    });
  }

  private flush(): void {
    this.splitter.flush();
    this.sink.flush();
  }

  /** @param before the bytes before the offset that are compared later */
  private startAt(offset: number, before: Buffer): void {
    this.read = this.lineStart = offset;
    this.before = this.beforeLine = before;
  }

  private async skipTo(start: Start): Promise<void> {
    if ('size' in start) {
      const end = await this.endOfLastLine(start.size);
      return this.startAt(end, await this.bytesBefore(end));
    }
    this.truncated = start.truncated;
    const before = await this.bytesBefore(start.offset);
    if (before.toString('base64') === start.before) this.startAt(start.offset, before);
  }

  /** The offset after the last line break within the first `size` bytes, so that a line that is being written counts when it is complete. */
  private async endOfLastLine(size: number): Promise<number> {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let end = size; end > Math.max(0, size - LONGEST_LINE); end -= PIECE) {
      const start = Math.max(0, end - PIECE);
      const { bytesRead } = await this.handle.read(buffer, 0, end - start, start);
      const lineBreak = buffer.subarray(0, bytesRead).lastIndexOf('\n');
      if (lineBreak >= 0) return start + lineBreak + 1;
    }
    return size <= LONGEST_LINE ? 0 : size;
  }

  /** Shows the sink what it needs of the lines before the start position: a header, and the first parts of an unfinished line. */
  private async lookBehind(): Promise<void> {
    const header = await this.headerBefore(this.read);
    for (let size = BEHIND, known = 0; ; size *= 4) {
      const bytes = await this.bytesBefore(this.read, size);
      const lines = bytes.subarray(size < this.read ? bytes.indexOf(LINE_FEED) + 1 : 0);
      const pending = this.sink.lookBehind(Buffer.concat([header, lines]));
      if (pending === known || size >= this.read || size > LONGEST_LINE) return;
      known = pending;
    }
  }

  /** The last `#Fields:` line before an offset of a W3C log. Empty for other logs. */
  private async headerBefore(offset: number): Promise<Buffer> {
    if ((await this.bytesBefore(1)).toString() !== '#') return Buffer.alloc(0);
    for (let end = offset; ; end -= PIECE - LONGEST_HEADER) {
      const bytes = await this.bytesBefore(end, PIECE);
      const line = bytes.lastIndexOf('\n#Fields:') + 1;
      if (line > 0 || end <= PIECE) return bytes.subarray(line, bytes.indexOf(LINE_FEED, line) + 1);
    }
  }

  private async bytesBefore(end: number, size = BEFORE): Promise<Buffer> {
    const start = Math.max(0, end - size);
    const { bytesRead, buffer } = await this.handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  }
}

/** The last bytes of two consecutive pieces. */
function lastOf(earlier: Buffer, later: Buffer): Buffer {
  return Buffer.concat([earlier, later.subarray(-BEFORE)]).subarray(-BEFORE);
}
