// Follows the file at a path as `tail -F` does, and goes on where it stopped after a restart.
//
// A file that was renamed is read until nothing has come for a while, since its writer may still have it open; the file
// that has taken its place is read from the beginning, and so are those that came and went in between. A file that was
// truncated is read from the beginning: that is seen by its size or, if it has grown again since, by what stands before
// the place that was read to. Each line counts once, when its line break has come, or when its file is finished.
//
// What can be lost: lines that are written and truncated away between two looks, as with logrotate's copytruncate and a
// writer that does not pause (logrotate itself loses those that come between its copy and its truncation); lines of a
// file that is rotated and compressed or deleted while the service is down.
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../../platform/message-of.js';
import { type Identity, identityOf, LogFile, type Position, same, type Start } from './log-file.js';
import type { OnLine } from './line-splitter.js';
import { isCompressed, isRotated } from './rotated.js';

/** Milliseconds without a change after which a file that was moved or deleted is finished. */
const FINISHED_AFTER = 60_000;

/** Milliseconds between two messages about a long backlog. */
const PROGRESS_AFTER = 5_000;

/** Finished files that are remembered, in case one is moved back. */
const REMEMBERED = 100;

export interface TailOptions {
  path: string;
  /** Where reading starts in a file that is there already when it is first looked for. */
  start: 'beginning' | 'end';
  onLine: OnLine;
  /** Told what an operator should know: `warn` for what needs a hand. */
  logger: { log(message: string): void; warn(message: string): void };
  /** Milliseconds since any moment. */
  now?: () => number;
}

interface FollowedFile {
  file: LogFile;
  lastChange: number;
}

type Previous = Pick<Position, 'born' | 'truncated'>;

export class Tail {
  /** All open files: the one at the path, and those that were there before and may still grow. */
  private readonly open: FollowedFile[] = [];
  private current: FollowedFile | undefined;
  /** The last file at the path, also if an earlier run saw it there. */
  private previous: Previous | undefined;
  /** Where reading starts in files that are not to be read from the beginning. */
  private readonly starts: Start[] = [];
  private first = true;
  private trouble: string | undefined;
  private stopped = false;
  private finding: Promise<void> | undefined;
  private running: Promise<void> | undefined;
  private readonly now: () => number;

  constructor(private readonly options: TailOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Goes on, before the first `poll`, where an earlier run stopped, wherever its files have been moved since. */
  async resume(positions: readonly Position[]): Promise<void> {
    this.first = false;
    this.starts.push(...positions);
    this.previous = positions.at(-1);
    for (const position of positions) {
      const name = await this.nameOf(position);
      if (name !== undefined) await this.follow(name).catch((error: unknown) => this.report(error));
      else this.options.logger.warn(`${this.options.path}: a file is gone, with what was not read of it`);
    }
  }

  /** Notes where a file ends that is there already, so that whatever is written from now on counts. */
  begin(): Promise<void> {
    this.finding ??= this.findCurrent()
      .catch((error: unknown) => this.report(error))
      .finally(() => (this.finding = undefined));
    return this.finding;
  }

  /**
   * Reads what has come since the last time, in all files that may still grow. A call while an earlier one reads joins
   * that, but opens a file that has come to the path before it can be rotated away.
   */
  poll(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    const found = this.begin();
    this.running ??= found.then(() => this.readAll()).finally(() => (this.running = undefined));
    return this.running;
  }

  /**
   * Where reading stands in each file, for `resume`; the one that is at the path comes last. Undefined as long as it was
   * not found out whether there is a file, so that the next run looks for the first time too.
   */
  async positions(): Promise<Position[] | undefined> {
    if (this.first || (this.open.length === 0 && this.starts.length > 0 && !this.previous)) return undefined;
    const others = this.open.filter((followed) => followed !== this.current);
    const files = this.current ? [...others, this.current] : others;
    return Promise.all(files.map(({ file }) => file.position()));
  }

  /** Ends a `poll` in progress at its next piece; nothing is read afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.finding, this.running]);
  }

  async close(): Promise<void> {
    await Promise.all(this.open.map(({ file }) => file.close()));
  }

  private async readAll(): Promise<void> {
    for (const followed of this.open.slice()) {
      try {
        await this.read(followed);
        if (this.isFinished(followed)) await this.finish(followed);
      } catch (error) {
        this.report(error);
      }
    }
  }

  /** Makes the file that is at the path now the current one, if it is not. */
  private async findCurrent(): Promise<void> {
    const stats = await stat(this.options.path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      this.first = false;
      return undefined;
    });
    if (!stats) return this.report('it is not there; what comes there will be read from its beginning');

    const identity = identityOf(stats);
    if (this.first && this.options.start === 'end')
      this.starts.push({ ...identity, size: Number(stats.size) });
    this.first = false;
    if (!this.current || !same(this.current.file.identity, identity)) {
      const previous = this.current ? this.current.file.lineage : this.previous;
      this.current = await this.follow(this.options.path);
      this.previous = this.current.file.lineage;
      if (previous) await this.followMissed(previous, this.current.file);
    }
    if (this.trouble !== undefined) this.options.logger.log(`${this.options.path}: it is being read`);
    this.trouble = undefined;
  }

  private async follow(path: string): Promise<FollowedFile> {
    const file = await LogFile.open(path, this.starts, this.options.onLine);
    const known = this.open.find((other) => same(other.file.identity, file.identity));
    if (known) {
      await file.close();
      return known;
    }
    const followed = { file, lastChange: this.now() };
    this.open.push(followed);
    return followed;
  }

  /** Follows the files that came to the path and were rotated away between two looks at it. */
  private async followMissed(previous: Previous, { born }: LogFile): Promise<void> {
    if (previous.truncated) return; // what was rotated away are copies of what was read
    const { directory, bases, names } = await this.siblings();
    for (const name of names.filter((one) => bases.some((base) => isRotated(one, base)))) {
      const path = join(directory, name);
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      // The clock of file systems is coarse: files made one after the other may have the same time.
      if (!stats || stats.birthtimeNs < BigInt(previous.born) || stats.birthtimeNs > born) continue;
      await this.follow(path).catch((error: unknown) => this.report(error));
    }
  }

  /** What a file is called now, if it is at the path or beside it. */
  private async nameOf(identity: Identity): Promise<string | undefined> {
    const { directory, bases, names } = await this.siblings();
    const beside = names.filter((name) => bases.some((base) => name.startsWith(base)) && !isCompressed(name));
    for (const path of [this.options.path, ...beside.map((name) => join(directory, name))]) {
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      if (stats && same(identityOf(stats), identity)) return path;
    }
    return undefined;
  }

  /** The names beside the file at the path, or beside what that links to; none if they may not be listed. */
  private async siblings(): Promise<{ directory: string; bases: string[]; names: string[] }> {
    const target = await realpath(this.options.path).catch(() => this.options.path);
    const directory = dirname(target);
    const names = await readdir(directory).catch(() => []);
    return { directory, bases: [basename(target), basename(this.options.path)], names };
  }

  private async read(followed: FollowedFile): Promise<void> {
    let lastMessage = this.now();
    const changed = await followed.file.readNewLines(() => {
      if (this.now() - lastMessage >= PROGRESS_AFTER) {
        lastMessage = this.now();
        const percent = Math.floor(followed.file.progress * 100);
        this.options.logger.log(`${this.options.path}: ${percent} % of its backlog is read`);
      }
      return !this.stopped;
    });
    if (changed) followed.lastChange = this.now();
  }

  private isFinished({ file, lastChange }: FollowedFile): boolean {
    const moved = file !== this.current?.file || file.deleted;
    return moved && !this.stopped && this.now() - lastChange >= FINISHED_AFTER;
  }

  private async finish(followed: FollowedFile): Promise<void> {
    followed.file.finish();
    this.starts.push(await followed.file.position());
    this.starts.splice(0, this.starts.length - REMEMBERED);
    this.open.splice(this.open.indexOf(followed), 1);
    if (this.current === followed) this.current = undefined;
    await followed.file.close();
  }

  /** Says what is wrong, once until something else is. */
  private report(problem: unknown): void {
    const message = messageOf(problem);
    if (message === this.trouble) return;
    this.trouble = message;
    this.options.logger.warn(`${this.options.path}: ${message}`);
  }
}
