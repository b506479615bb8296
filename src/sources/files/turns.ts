import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of a turn of the event loop in which lines are read. */
const LENGTH = 8;

/** Limits for how long all files together hold the event loop, however many have a backlog. */
export class Turns {
  private begun: number | undefined;

  /** Whether the time of this turn is used up. */
  get isOver(): boolean {
    const now = performance.now();
    if (this.begun === undefined) {
      this.begun = now;
      setImmediate(() => (this.begun = undefined));
    }
    return now - this.begun > LENGTH;
  }

  /** Waits for a turn with time left. */
  async next(): Promise<void> {
    while (this.isOver) await nextTurn();
  }
}
