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
import {
  type Identity,
  identityOf,
  LogFile,
  type OnLine,
  type Position,
  same,
  type Start,
} from './log-file.js';
import { rotatedAfter } from './rotated.js';

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

interface Followed {
  file: LogFile;
  lastChange: number;
}

export class Tail {
  /** All open files: the one at the path, and those that were there before and may still grow. */
  private readonly open: Followed[] = [];
  private current: Followed | undefined;
  /** The last file at the path, also if an earlier run saw it there. */
  private previous: Identity | undefined;
  /** Where reading starts in files that are not to be read from the beginning. */
  private readonly starts: Start[] = [];
  private first = true;
  private trouble: string | undefined;
  private stopped = false;
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
  async begin(): Promise<void> {
    await this.findCurrent().catch((error: unknown) => this.report(error));
  }

  /** Reads what has come since the last time, in all files that may still grow. Calls while it reads join it. */
  poll(): Promise<void> {
    this.running ??= this.look().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Where reading stands in each file, for `resume`; the one that is at the path comes last. */
  async positions(): Promise<Position[]> {
    const others = this.open.filter((followed) => followed !== this.current);
    const files = this.current ? [...others, this.current] : others;
    return Promise.all(files.map(({ file }) => file.position()));
  }

  /** Ends a `poll` in progress at its next piece; nothing is read afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  async close(): Promise<void> {
    await Promise.all(this.open.map(({ file }) => file.close()));
  }

  private async look(): Promise<void> {
    if (this.stopped) return;
    await this.begin();
    for (const followed of this.open.slice()) {
      await this.read(followed).catch((error: unknown) => this.report(error));
      if (this.isFinished(followed)) await this.finish(followed);
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
      this.current = await this.follow(this.options.path);
      const previous = this.previous;
      this.previous = this.current.file.identity;
      if (previous) await this.followRotatedAfter(previous);
    }
    if (this.trouble !== undefined) this.options.logger.log(`${this.options.path}: it is being read`);
    this.trouble = undefined;
  }

  private async follow(path: string): Promise<Followed> {
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
  private async followRotatedAfter(previous: Identity): Promise<void> {
    const name = await this.nameOf(previous);
    if (name === undefined) return;
    const directory = dirname(name);
    const { birthtimeNs } = await stat(name, { bigint: true });
    for (const missed of rotatedAfter(
      basename(name),
      basename(this.options.path),
      await readdir(directory),
    )) {
      const path = join(directory, missed);
      // Whatever its name says, a file that is older was rotated away before.
      if ((await stat(path, { bigint: true })).birthtimeNs > birthtimeNs) await this.follow(path);
    }
  }

  /** What a file is called now, if it is still in the directory of the one at the path. */
  private async nameOf(identity: Identity): Promise<string | undefined> {
    const target = await realpath(this.options.path).catch(() => this.options.path);
    const directory = dirname(target);
    for (const name of await readdir(directory)) {
      if (!name.startsWith(basename(target)) && !name.startsWith(basename(this.options.path))) continue;
      const path = join(directory, name);
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      if (stats && same(identityOf(stats), identity)) return path;
    }
    return undefined;
  }

  private async read(followed: Followed): Promise<void> {
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

  private isFinished({ file, lastChange }: Followed): boolean {
    const moved = file !== this.current?.file || file.deleted;
    return moved && !this.stopped && this.now() - lastChange >= FINISHED_AFTER;
  }

  private async finish(followed: Followed): Promise<void> {
    followed.file.finish();
    this.starts.push(await followed.file.position());
    this.starts.splice(0, this.starts.length - REMEMBERED);
    this.open.splice(this.open.indexOf(followed), 1);
    if (this.current === followed) this.current = undefined;
    await followed.file.close();
  }

  /** Says what is wrong, once until something else is. */
  private report(problem: unknown): void {
    const message = problem instanceof Error ? problem.message : String(problem);
    if (message === this.trouble) return;
    this.trouble = message;
    this.options.logger.warn(`${this.options.path}: ${message}`);
  }
}
