// The files beside a log: what it is called after a rotation, and what came and went between two looks at its path.
import type { BigIntStats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityOf, same } from './log-file.js';
import type { Identity } from './positions.js';

/** What logrotate and its kin append to the name of a file, or put in front of its extension: a number or a date. */
const ADDITION = /^(\.\d+|(?:[-.]|__?)\d{4}[-_]?\d\d[-_]?\d\d([-T_.]*[\d:.-]+)?)$/;

const EXTENSION = /\.[^./]+$/;

/** Endings of files that are no text any more. */
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|Z)$/;

/** Whether a name is that of a file that was rotated away from `base` and can still be read. */
export function isRotated(name: string, base: string): boolean {
  if (name.startsWith(base)) return ADDITION.test(name.slice(base.length));
  const [extension = ''] = EXTENSION.exec(base) ?? [];
  const stem = stemOf(base);
  if (!extension || !name.startsWith(stem) || !name.endsWith(extension)) return false;
  return ADDITION.test(name.slice(stem.length, -extension.length));
}

/** A name without its last extension, which all names of a file begin with that rotations give it. */
function stemOf(base: string): string {
  return base.replace(EXTENSION, '');
}

export function isCompressed(name: string): boolean {
  return COMPRESSED.test(name);
}

/** Milliseconds that a time of a file may be too early: those of FAT are even seconds, those of ext2 whole ones. */
const COARSEST_TIME = 2_000;

interface Sibling {
  path: string;
  stats: BigIntStats;
}

export class Siblings {
  /** The rotated files of the last look. */
  private known: Sibling[] | undefined;
  /** When an earlier run read for the last time, in milliseconds since 1970. */
  private lastRun = 0;

  constructor(private readonly path: string) {}

  /** Goes on after an earlier run: what was written to since then may have been at the path. */
  resume(lastRun: number): void {
    this.lastRun = lastRun;
    this.known = [];
  }

  /** Looks for the first time: what is there was rotated away before. */
  async begin(): Promise<void> {
    this.known ??= await this.rotated();
  }

  /** What a file is called now, if it is at the path or beside it. */
  async nameOf(identity: Identity): Promise<string | undefined> {
    const beside = await this.beside((name, base) => name.startsWith(stemOf(base)) && !isCompressed(name));
    for (const path of [this.path, ...beside]) {
      const stats = await statsOf(path);
      if (stats && same(identityOf(stats), identity)) return path;
    }
    return undefined;
  }

  /**
   * The files that came to the path after the previous one and were rotated away before the current one came.
   *
   * Some file systems tell no time of birth (ext2, NFS before 4.2, most of FUSE). There, a file is one of them if it was not
   * beside the path at the last look, and was written to since the last run.
   */
  async missed(previous: bigint, born: bigint): Promise<Sibling[]> {
    const { known = [] } = this;
    this.known = await this.rotated();
    return this.known.filter(({ stats }) => {
      // The clock of file systems is coarse: files made one after the other may have the same time.
      if (stats.birthtimeNs > 0n) return stats.birthtimeNs >= previous && stats.birthtimeNs <= born;
      // A file that is smaller than it was is another one, which was given the same inode.
      const old = known.some(
        (other) => same(identityOf(other.stats), identityOf(stats)) && other.stats.size <= stats.size,
      );
      return !old && Number(stats.mtimeMs) >= this.lastRun - COARSEST_TIME;
    });
  }

  private async rotated(): Promise<Sibling[]> {
    const paths = await this.beside(isRotated);
    const found = await Promise.all(paths.map(async (path) => ({ path, stats: await statsOf(path) })));
    return found.filter((sibling): sibling is Sibling => sibling.stats !== undefined);
  }

  /**
   * The files beside the one at the path, or beside what that links to; none if they may not be listed.
   *
   * @throws NodeJS.ErrnoException if there are too many open files
   */
  private async beside(fits: (name: string, base: string) => boolean): Promise<string[]> {
    const target = await realpath(this.path).catch(() => this.path);
    const names = await readdir(dirname(target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EMFILE' || error.code === 'ENFILE') throw error;
      return [];
    });
    return names
      .filter((name) => fits(name, basename(target)) || fits(name, basename(this.path)))
      .map((name) => join(dirname(target), name));
  }
}

function statsOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}
