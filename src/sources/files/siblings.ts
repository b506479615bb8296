// The files next to a log: finds its name after a rotation, and files that came and went between two polls of its path.
import type { BigIntStats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityOf, same } from './log-file.js';
import type { Identity } from './positions.js';

/** The number or date that logrotate and similar tools append to the name of a file, or insert before its extension. */
const ADDITION = /^(\.\d+|(?:[-.]|__?)\d{4}[-_]?\d\d[-_]?\d\d([-T_.]*[\d:.-]+)?)$/;

const EXTENSION = /\.[^./]+$/;

/** Extensions of compressed files. */
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|Z)$/;

/** Whether a name is that of a rotated, uncompressed file of `base`. */
export function isRotated(name: string, base: string): boolean {
  if (name.startsWith(base)) return ADDITION.test(name.slice(base.length));
  const [extension = ''] = EXTENSION.exec(base) ?? [];
  const stem = stemOf(base);
  if (!extension || !name.startsWith(stem) || !name.endsWith(extension)) return false;
  return ADDITION.test(name.slice(stem.length, -extension.length));
}

/** A name without its last extension. All names of its rotated files begin with that. */
function stemOf(base: string): string {
  return base.replace(EXTENSION, '');
}

export function isCompressed(name: string): boolean {
  return COMPRESSED.test(name);
}

/** Milliseconds by which a file time may be too early: FAT rounds to two seconds, ext2 to one. */
const COARSEST_TIME = 2_000;

interface Sibling {
  path: string;
  stats: BigIntStats;
}

export class Siblings {
  /** The rotated files at the last look. */
  private known: Sibling[] | undefined;
  /** When an earlier run last read a line, in milliseconds since 1970. */
  private lastRun = 0;

  constructor(private readonly path: string) {}

  /** Resumes after an earlier run. Files that were written since then may have been at the path. */
  resume(lastRun: number): void {
    this.lastRun = lastRun;
    this.known = [];
  }

  /** Takes the first look: existing rotated files are older than this run. */
  async begin(): Promise<void> {
    this.known ??= await this.rotated();
  }

  /** The current path of a file, if it is at the log's path or next to it. */
  async nameOf(identity: Identity): Promise<string | undefined> {
    const beside = await this.beside((name, base) => name.startsWith(stemOf(base)) && !isCompressed(name));
    for (const path of [this.path, ...beside]) {
      const stats = await statsOf(path);
      if (stats && same(identityOf(stats), identity)) return path;
    }
    return undefined;
  }

  /**
   * The files that were at the path after the previous one, and were rotated away before the current one.
   *
   * Some file systems have no birth times (ext2, NFS before 4.2, most of FUSE). There, a file counts if it was not next to
   * the path at the last look, and was written since the last run.
   */
  async missed(previous: bigint, born: bigint): Promise<Sibling[]> {
    const { known = [] } = this;
    this.known = await this.rotated();
    return this.known.filter(({ stats }) => {
      // The clock of file systems is coarse: files created one after the other may have the same time.
      if (stats.birthtimeNs > 0n) return stats.birthtimeNs >= previous && stats.birthtimeNs <= born;
      // A file that has become smaller is a new file with a reused inode.
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
   * The files next to the log, or next to the target of its link; none if the directory may not be listed.
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
