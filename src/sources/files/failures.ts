import { pauseAfter } from '../../platform/backoff.js';
import { messageOf } from '../../platform/message-of.js';
import { type Identity, same } from './log-file.js';

interface Failure {
  identity: Identity;
  attempts: number;
  retryAt: number;
  message: string;
}

/** Files that could not be read. Each is tried again after longer and longer pauses, and named once. */
export class Failures {
  private list: Failure[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly options: {
      path: string;
      logger: { log(message: string): void; warn(message: string): void };
    },
    private readonly now: () => number,
  ) {}

  has(identity: Identity): boolean {
    return this.list.some((failure) => same(failure.identity, identity));
  }

  add(identity: Identity, error: unknown): void {
    const earlier = this.list.find((failure) => same(failure.identity, identity));
    const attempts = (earlier?.attempts ?? -1) + 1;
    const message = messageOf(error);
    this.forget(identity);
    this.list.push({ identity, attempts, retryAt: this.now() + pauseAfter(attempts), message });
    if (message === earlier?.message) return;
    this.options.logger.warn(`${this.options.path}: cannot read a file, will try again: ${message}`);
  }

  /** Does something with a file. Returns undefined if it fails. */
  attempt<T>(identity: Identity, work: () => Promise<T>): Promise<T | undefined> {
    return work().catch((error: unknown) => {
      this.add(identity, error);
      return undefined;
    });
  }

  succeeded(identity: Identity): void {
    if (!this.has(identity)) return;
    this.forget(identity);
    this.options.logger.log(`${this.options.path}: reading again`);
  }

  forget(identity: Identity): void {
    this.list = this.list.filter((failure) => !same(failure.identity, identity));
  }

  /** The files that are to be tried again now. */
  due(): Identity[] {
    return this.list.filter(({ retryAt }) => retryAt <= this.now()).map(({ identity }) => identity);
  }
}
