import { same, type Start } from './log-file.js';
import type { Identity, Position } from './positions.js';

/** Most closed files that are remembered, in case one comes back. */
const REMEMBERED = 100;

/** Start positions in closed files that are not to be read from the beginning, the newest last. */
export class Starts {
  all: readonly Start[] = [];

  /** Positions of files that were read. */
  get positions(): Position[] {
    return this.all.filter((start): start is Position => 'offset' in start);
  }

  add(...starts: readonly Start[]): void {
    this.all = [...this.all, ...starts];
  }

  remember(position: Position): void {
    this.all = [...this.all.filter((start) => !same(start, position)), position].slice(-REMEMBERED);
  }

  /** Whether a file was read, and is not known to be a new file with the same inode. */
  has(identity: Identity, born: bigint): boolean {
    if (born === 0n) return false; // the file system has no birth times
    return this.all.some((start) => 'born' in start && start.born === String(born) && same(start, identity));
  }

  /** Forgets files of an earlier run that were not found: there is a new file at the path, so they will not come back. */
  forgetVanished(isKept: (start: Start) => boolean): void {
    this.all = this.all.filter((start) => 'size' in start || start.finished || isKept(start));
  }
}
