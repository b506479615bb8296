// Follows the file at a path as `tail -F` does, and resumes from its position after a restart.
//
// A renamed file is read until it has been quiet for a while, because its writer may still have it open. The file that replaces
// it is read from the beginning, and so are files that came and went in between. A truncated file is read from the beginning.
// Truncation is detected by the size, or, if the file has grown again, by the bytes before the position.
// Each line counts once, when its line break is written or its file is finished.
//
// What can be lost: lines that are written and truncated away between two polls, as with logrotate's copytruncate and a busy
// writer (logrotate itself loses lines between its copy and its truncation); lines of a file that is rotated and compressed
// or deleted while the service is down.
import { stat } from 'node:fs/promises';
import { Failures } from './failures.js';
import { identityOf, LogFile, type LogSink, same } from './log-file.js';
import { Messages } from './messages.js';
import type { Identity, Position } from './positions.js';
import { Siblings } from './siblings.js';
import { Starts } from './starts.js';

/** Milliseconds without a change after which a file that was moved or deleted is finished. */
const FINISHED_AFTER = 60_000;

/** Milliseconds between two messages about a long backlog. */
const PROGRESS_AFTER = 5_000;

export interface TailOptions {
  path: string;
  /** Where to start in a file that exists at the first poll. */
  start: 'beginning' | 'end';
  /** Creates the sink for the lines of one file. */
  sink: () => LogSink;
  /** Whether it is one of several files of a glob, which come and go. */
  isOneOfMany?: boolean;
  /** Whether a file with this birth time is already read under another path. */
  isTaken?: (identity: Identity, born: bigint) => boolean;
  /** Receives messages for the operator: `warn` for those that need action. */
  logger: { log(message: string): void; warn(message: string): void };
  /** Milliseconds since any moment. */
  now?: () => number;
}

export class Tail {
  /** All open files: the one at the path, and earlier ones that may still grow. */
  readonly open: LogFile[] = [];
  private current: LogFile | undefined;
  /** The last file at the path, in this run or an earlier one. */
  private previous: Pick<Position | LogFile, 'born' | 'truncated'> | undefined;
  private readonly starts = new Starts();
  private readonly siblings: Siblings;
  private readonly failures: Failures;
  private readonly messages: Messages;
  private neverLooked = true;
  private stopped = false;
  private finding: Promise<void> | undefined;
  private running: Promise<void> | undefined;
  readonly path: string;
  private readonly now: () => number;

  constructor(private readonly options: TailOptions) {
    this.path = options.path;
    this.now = options.now ?? (() => performance.now());
    this.siblings = new Siblings(options.path);
    this.messages = new Messages(options.path, options.logger);
    this.failures = new Failures((message) => this.messages.warn(message), this.now);
  }

  /**
   * Resumes from the positions of an earlier run, even if its files have been moved. Call it before the first `poll`.
   *
   * @param time when the positions were saved, in milliseconds since 1970
   */
  async resume(positions: readonly Position[], time: number): Promise<void> {
    this.neverLooked = false;
    this.siblings.resume(time);
    this.starts.add(...positions);
    this.previous = positions.at(-1);
    for (const position of positions.filter(({ finished }) => !finished)) {
      const name = await this.siblings.nameOf(position);
      if (name === undefined) this.messages.warn('a file of the last run is gone, its unread lines are lost');
      else if (name === this.path) this.current = await this.follow(name, position);
      else await this.follow(name, position);
    }
  }

  /** Notes the end of an existing file, so that everything written from now on counts. */
  begin(): Promise<void> {
    this.finding ??= this.findCurrent()
      .catch((error: unknown) => this.messages.report(error))
      .finally(() => (this.finding = undefined));
    return this.finding;
  }

  /**
   * Reads new lines in all files that may still grow. A call while an earlier one is running joins that, but opens a new file
   * at the path before it can be rotated away.
   */
  poll(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    const found = this.begin();
    this.running ??= found.then(() => this.readAll()).finally(() => (this.running = undefined));
    return this.running;
  }

  /**
   * The position in each file, for `resume`. The current file, or the last one at the path, comes last. Undefined before it is
   * known whether there is a file, so that the next run starts from scratch.
   */
  positions(): Position[] | undefined {
    if (this.neverLooked) return undefined;
    const closed = this.starts.positions;
    if (this.open.length === 0 && closed.length === 0 && this.starts.all.length > 0) return undefined;
    const isCurrent = (file: LogFile): number => Number(file === this.current);
    const ordered = this.open.toSorted((one, other) => isCurrent(one) - isCurrent(other));
    const open = ordered.map((file) => file.position());
    return [...closed.filter((position) => !open.some((other) => same(other, position))), ...open];
  }

  /** Whether it reads or has read a file, which is not known to be a new file with the same inode. */
  has(identity: Identity, born: bigint): boolean {
    return this.open.some((file) => same(file.identity, identity)) || this.starts.has(identity, born);
  }

  /** Ends a running `poll` after its current piece. Nothing is read afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.finding, this.running]);
  }

  async close(): Promise<void> {
    await Promise.all(this.open.map((file) => file.close()));
  }

  private async readAll(): Promise<void> {
    for (const file of this.open.slice()) {
      try {
        await this.read(file);
        if (this.failures.forget(file.identity)) this.messages.log('reading again');
        if (!this.isFinished(file)) continue;
        file.finish();
        await this.letGo(file);
      } catch (error) {
        await this.letGo(file);
        this.failures.add(file.identity, error);
      }
    }
  }

  /** Opens the file at the path as the current one, if it is not yet. */
  private async findCurrent(): Promise<void> {
    await this.retry();
    await this.siblings.begin();
    const stats = await stat(this.path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (!stats) return this.leave('no such file yet; when it appears, it is read from its beginning');
    const identity = identityOf(stats);
    if (this.failures.has(identity)) return;
    if (this.isTaken(identity, stats.birthtimeNs))
      return this.leave('this file is already followed under another path; its lines count once');
    if (this.neverLooked && this.options.start === 'end')
      this.starts.add({ ...identity, size: Number(stats.size) });
    this.neverLooked = false;
    if (!this.current || !same(this.current.identity, identity)) {
      const file = await this.follow(this.path, identity);
      if (!file) return;
      this.starts.forgetVanished(
        (start) => this.failures.has(start) || this.open.some((other) => same(other.identity, start)),
      );
      await this.followMissed(file.born);
      // Set after these are open: until then, `positions` must describe the previous file.
      this.current = file;
      this.previous = file;
    }
    this.messages.settled();
  }

  /** Logs nothing about files of a glob, because they come and go. */
  private leave(problem: string): void {
    this.neverLooked = false;
    if (!this.options.isOneOfMany) this.messages.report(problem);
  }

  private isTaken(identity: Identity, born: bigint): boolean {
    return this.options.isTaken?.(identity, born) ?? false;
  }

  /** Opens a file, if it is not open. Returns undefined if that fails and will be retried. */
  private async follow(path: string, identity: Identity): Promise<LogFile | undefined> {
    try {
      const file = await LogFile.open(path, this.starts.all, this.options.sink());
      const known = this.open.find((other) => same(other.identity, file.identity));
      if (known || this.isTaken(file.identity, file.born)) {
        await file.close();
        return known;
      }
      file.lastChange = this.now();
      this.open.push(file);
      return file;
    } catch (error) {
      this.failures.add(identity, error);
      return undefined;
    }
  }

  /** Follows the files that came and were rotated away between two polls of the path. */
  private async followMissed(born: bigint): Promise<void> {
    const previous = this.current ?? this.previous;
    if (!previous) return;
    const missed = await this.siblings.missed(BigInt(previous.born), born);
    if (previous.truncated) return; // rotated files are copies of lines already read
    for (const { path, stats } of missed) await this.follow(path, identityOf(stats));
  }

  private async read(file: LogFile): Promise<void> {
    let lastMessage = this.now();
    const changed = await file.readNewLines(() => {
      if (this.now() - lastMessage >= PROGRESS_AFTER) {
        lastMessage = this.now();
        this.messages.log(`${file.percentRead} % of the backlog read`);
      }
      return !this.stopped;
    });
    if (changed) file.lastChange = this.now();
  }

  private isFinished(file: LogFile): boolean {
    const moved = file !== this.current || file.deleted;
    return moved && !this.stopped && this.now() - file.lastChange >= FINISHED_AFTER;
  }

  /** Closes a file, and remembers its position. */
  private async letGo(file: LogFile): Promise<void> {
    this.starts.remember(file.position());
    this.open.splice(this.open.indexOf(file), 1);
    if (this.current === file) this.current = undefined;
    await file.close().catch(() => undefined); // closing may fail as reading did
  }

  /** Reopens files that could not be read. */
  private async retry(): Promise<void> {
    for (const identity of this.failures.due()) {
      const name = await this.siblings.nameOf(identity);
      if (name === undefined) this.failures.forget(identity);
      else await this.follow(name, identity);
    }
  }
}
