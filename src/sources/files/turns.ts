import { setImmediate as nextTurn } from 'node:timers/promises';
import { LINE_FEED } from '../../platform/ascii.js';
import type { LineSplitter } from './line-splitter.js';

/** Milliseconds for reading lines in one turn of the event loop. */
const LENGTH = 8;

/** Bytes between two checks of the clock. */
const SLICE = 16_384;

/** Limits how long all files together block the event loop, however many have a backlog. */
class Turns {
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

/** Shared by all files, because there is one event loop. */
const turns = new Turns();

/**
 * Splits a piece into lines, in as many turns of the event loop as needed.
 *
 * @param onTurn called in each of these turns with the number of bytes that were split so far
 */
export async function pushInTurns(
  piece: Buffer,
  splitter: LineSplitter,
  onTurn: (bytes: number) => void,
): Promise<void> {
  for (let end = 0; end < piece.length;) {
    await turns.next();
    do {
      const start = end;
      end = piece.indexOf(LINE_FEED, start + SLICE) + 1 || piece.length;
      splitter.push(piece, start, end);
    } while (end < piece.length && !turns.isOver);
    onTurn(end);
  }
}
