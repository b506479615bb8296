import { same, type Start } from './log-file.js';
import type { Identity, Position } from './positions.js';

/** Files that are not open and yet remembered, in case one comes back. */
const REMEMBERED = 100;

/** Where reading starts in files that are not open and not to be read from the beginning, the newest last. */
export class Starts {
  all: readonly Start[] = [];

  /** Of those in which something was read. */
  get positions(): Position[] {
    return this.all.filter((start): start is Position => 'offset' in start);
  }

  add(...starts: readonly Start[]): void {
    this.all = [...this.all, ...starts];
  }

  remember(position: Position): void {
    this.all = [...this.all.filter((start) => !same(start, position)), position].slice(-REMEMBERED);
  }

  /** Whether a file was read to its end, and is not known to be another one since. */
  has(identity: Identity, born: bigint): boolean {
    if (born === 0n) return false; // the file system tells none
    return this.all.some((start) => 'born' in start && start.born === String(born) && same(start, identity));
  }

  /** Another file has come to the path, so those of an earlier run that were not found will not come back. */
  forgetVanished(isKept: (start: Start) => boolean): void {
    this.all = this.all.filter((start) => 'size' in start || start.finished || isKept(start));
  }
}
