import { messageOf } from '../../platform/message-of.js';
import type { Entry } from './files.settings.js';
import { fits, isGlob, pathsFor } from './glob.js';
import type { Positions } from './positions.js';
import { isCompressed, isRotated } from './siblings.js';
import { Tail, type TailOptions } from './tail.js';

/** Creates the follower of one log of an entry. */
export type MakeTail = (
  entry: Entry,
  options: Pick<TailOptions, 'path' | 'start' | 'isOneOfMany' | 'isTaken'>,
) => Tail;

/** Follows the logs at the paths of all entries, and those that their globs match now. A file with two paths is read once. */
export class Logs {
  private readonly byPath = new Map<string, Tail>();
  /** Paths that globs match. */
  private readonly found = new Set<string>();
  private finding: Promise<Tail[]> | undefined;
  private readonly troubles = new Map<string, string>();

  private readonly entries: readonly Entry[];

  constructor(
    entries: readonly Entry[],
    private readonly start: TailOptions['start'],
    private readonly make: MakeTail,
    private readonly logger: TailOptions['logger'],
  ) {
    // An entry that names a path wins over one whose glob matches it.
    this.entries = entries.toSorted((one, other) => Number(isGlob(one.path)) - Number(isGlob(other.path)));
  }

  get tails(): Tail[] {
    return [...this.byPath.values()];
  }

  /** Follows the existing logs from the saved positions. Returns the positions at which this run begins. */
  async begin(saved: Positions | undefined): Promise<Positions['paths']> {
    const known: Positions['paths'] = saved?.paths ?? {};
    const initial: Positions['paths'] = {};
    // Logs of an earlier run come first, so that they get their files back, even if those were renamed.
    const tails = [];
    for (const entry of this.entries) {
      if (!isGlob(entry.path)) tails.push(this.follow(entry, entry.path, this.start));
      else {
        const isKnown = Object.hasOwn(known, entry.path);
        const before = Object.keys(known).filter((path) => !isGlob(path) && fits(path, entry.path));
        for (const path of new Set([...before, ...(await this.matches(entry))])) {
          if (!this.byPath.has(path))
            tails.push(this.follow(entry, path, isKnown ? 'beginning' : this.start));
        }
        initial[entry.path] = [];
      }
    }
    const positionsOf = ({ path }: Tail): Positions['paths'][string] | undefined =>
      Object.hasOwn(known, path) ? known[path] : undefined;
    for (const tail of tails) {
      const positions = positionsOf(tail);
      if (saved && positions) await tail.resume(positions, saved.time);
    }
    for (const tail of tails) {
      const positions = positionsOf(tail);
      await tail.begin();
      this.logger.log(`Following ${tail.path}${positions ? ' from the saved position' : ''}`);
      const first = positions ?? tail.positions();
      if (first) initial[tail.path] = first;
    }
    return initial;
  }

  /** The positions in all files, after the lines that were recorded. */
  positions(): Positions['paths'] {
    const paths: Positions['paths'] = {};
    for (const { path } of this.entries) if (isGlob(path)) paths[path] = [];
    for (const tail of this.byPath.values()) {
      const positions = tail.positions();
      if (positions) paths[tail.path] = positions;
    }
    return paths;
  }

  /** Reads new lines in all files, including new files that globs match. */
  async poll(): Promise<void> {
    const { tails } = this;
    this.finding ??= this.find().finally(() => (this.finding = undefined));
    const found = this.finding.then((come) => Promise.all(come.map((tail) => tail.poll())));
    await Promise.all([found, ...tails.map((tail) => tail.poll())]);
  }

  private async find(): Promise<Tail[]> {
    const come: Tail[] = [];
    for (const entry of this.entries.filter(({ path }) => isGlob(path))) {
      const paths = await this.matches(entry);
      for (const path of paths.filter((one) => !this.byPath.has(one))) {
        this.logger.log(`Following ${path}`);
        come.push(this.follow(entry, path, 'beginning'));
      }
    }
    return come;
  }

  /**
   * The paths that a glob matches, without rotated files of another matching path, which that path's follower reads. Forgets
   * deleted files.
   */
  private async matches({ path: glob }: Entry): Promise<string[]> {
    try {
      const files = await pathsFor(glob);
      for (const path of this.found) {
        if (!fits(path, glob) || files.has(path) || this.byPath.get(path)?.open.length) continue;
        const tail = this.byPath.get(path);
        this.found.delete(path);
        this.byPath.delete(path);
        await tail?.stop();
        await tail?.close();
      }
      this.report(glob, files.size === 0 ? 'no file matches yet' : undefined);
      // Between a rotation and the next line, there may be no file at the followed path.
      const followed = [...this.byPath.keys()].map((path) => [path, files.get(path) ?? Infinity] as const);
      const all = [...files, ...followed];
      const isOld = ([path, time]: readonly [string, number]): boolean =>
        isCompressed(path) || all.some(([base, written]) => written >= time && isRotated(path, base));
      return [...files]
        .filter((file) => !isOld(file))
        .map(([path]) => path)
        .toSorted();
    } catch (error) {
      this.report(glob, messageOf(error));
      return [];
    }
  }

  private follow(entry: Entry, path: string, start: TailOptions['start']): Tail {
    const isOneOfMany = path !== entry.path;
    const tail: Tail = this.make(entry, {
      path,
      start,
      isOneOfMany,
      isTaken: (identity, born) => this.tails.some((other) => other !== tail && other.has(identity, born)),
    });
    this.byPath.set(path, tail);
    if (isOneOfMany) this.found.add(path);
    return tail;
  }

  /** Logs the problem of a glob, once until it changes. */
  private report(glob: string, trouble: string | undefined): void {
    if (trouble !== undefined && trouble !== this.troubles.get(glob)) this.logger.warn(`${glob}: ${trouble}`);
    if (trouble === undefined) this.troubles.delete(glob);
    else this.troubles.set(glob, trouble);
  }
}
