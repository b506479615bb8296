import { pauseAfter } from '../../platform/backoff.js';
import { messageOf } from '../../platform/message-of.js';
import type { Identity } from './positions.js';

interface Failure {
  identity: Identity;
  attempts: number;
  retryAt: number;
  message: string;
}

/** Files that could not be read. Each is retried after growing pauses, and logged once. */
export class Failures {
  private readonly files = new Map<string, Failure>();

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly warn: (message: string) => void,
    private readonly now: () => number,
  ) {}

  has(identity: Identity): boolean {
    return this.files.has(keyOf(identity));
  }

  add(identity: Identity, error: unknown): void {
    const earlier = this.files.get(keyOf(identity));
    const attempts = earlier ? earlier.attempts + 1 : 0;
    const message = messageOf(error);
    const retryAt = this.now() + pauseAfter(attempts);
    this.files.set(keyOf(identity), { identity, attempts, retryAt, message });
    if (message !== earlier?.message) this.warn(`cannot read a file, retrying: ${message}`);
  }

  /** Returns whether the file was one of them. */
  forget(identity: Identity): boolean {
    return this.files.delete(keyOf(identity));
  }

  /** The files that are due for a retry. */
  due(): Identity[] {
    const due = [...this.files.values()].filter(({ retryAt }) => retryAt <= this.now());
    return due.map(({ identity }) => identity);
  }
}

function keyOf({ device, inode }: Identity): string {
  return `${device} ${inode}`;
}
