// How many documents each cell has ever been seen to hold, by windows. What a cell holds beyond that is new. A count that
// dips, since another copy answers or an index is closed, and comes back, adds nothing.
//
// No window below the floor is asked for: what was counted there is forgotten. After each complete poll the floor is the
// look-back before it. The floor never falls, and rises no faster than a clock that nobody sets, so that neither a clock
// that is set nor another look-back counts anything again, or leaves a window early.
import * as z from 'zod';
import type { Cells } from './answer.js';
import { WINDOW } from './request.js';

/** Milliseconds ahead of the clock that are searched, since the clocks of shippers differ. */
const AHEAD = 300_000;

/** Windows that one search asks for, at the most. */
const MOST_WINDOWS = 60;

/** Milliseconds that the service may have been away for: what came in before is not counted. */
const LONGEST_AWAY = 86_400_000;

const saved = z.object({
  /** What the counts are of, as text. */
  asked: z.string(),
  floor: z.int(),
  /** The windows of which the first answer counts nothing. */
  baseline: z.tuple([z.int(), z.int()]),
  /** By window: cells and their counts, in turn. */
  counts: z.record(z.string().regex(/^\d+$/), z.array(z.number())),
});

export type SavedWindows = z.infer<typeof saved>;

export interface Clock {
  /** Milliseconds since 1970, by a clock that may be set. */
  now: number;
  /** Milliseconds of a clock that goes on evenly. */
  monotonic: number;
}

export class Windows {
  /** Milliseconds that were left out, if the service was away for too long. */
  readonly gap: number = 0;
  private counts: Cells = new Map();
  private floor: number;
  private baseline: [number, number];
  /** Whether a poll has been complete, in this run or an earlier one: only then is a document that comes in late. */
  private hasPolled = false;
  private size = MOST_WINDOWS;
  private copy: SavedWindows | undefined;

  /**
   * @param state what an earlier run saved, if anything
   * @throws {Error} if it is not what an earlier run saves
   */
  constructor(
    private readonly asked: string,
    private readonly lookBack: number,
    start: 'end' | 'beginning',
    private readonly started: Clock,
    state: unknown,
  ) {
    this.floor = windowOf(started.now - lookBack);
    this.baseline = [this.floor, start === 'end' ? windowOf(started.now + WINDOW - 1) : this.floor];
    const earlier = state === undefined ? undefined : saved.parse(state);
    if (earlier?.asked !== asked) return;
    this.floor = Math.max(earlier.floor, windowOf(started.now - lookBack - LONGEST_AWAY));
    this.gap = this.floor - earlier.floor;
    this.baseline = earlier.baseline;
    this.hasPolled = Object.keys(earlier.counts).length > 0;
    for (const [window, flat] of Object.entries(earlier.counts)) {
      const pairs = Array.from(
        { length: flat.length / 2 },
        (_, i) => [flat[2 * i] ?? 0, flat[2 * i + 1] ?? 0] as const,
      );
      if (Number(window) >= this.floor) this.counts.set(Number(window), new Map(pairs));
    }
  }

  /** The next windows to ask for, from `from` on: in milliseconds, the first of them and the first after them. */
  next(now: number, from = this.floor): [from: number, to: number] | undefined {
    const end = windowOf(Math.max(now, this.floor + this.lookBack) + AHEAD + WINDOW - 1);
    return from >= end ? undefined : [from, Math.min(end, from + this.size * WINDOW)];
  }

  /** Asks for half as many windows at a time, and for one more after each complete poll; false if it is one already. */
  shrink(): boolean {
    const smaller = Math.max(1, Math.floor(this.size / 2));
    const shrunk = smaller < this.size;
    this.size = smaller;
    return shrunk;
  }

  /** Takes the cells of the windows before `to`, and hands on by how much each has grown. */
  take(cells: Cells, to: number, grown: (cell: number, step: number, isLate: boolean) => void): void {
    const [pending, end] = this.baseline;
    for (const [window, counts] of cells) {
      const known = this.counts.get(window) ?? new Map<number, number>();
      const isBaseline = window >= pending && window < end;
      const isLate = this.hasPolled && window < this.floor + this.lookBack / 5;
      for (const [cell, count] of counts) {
        const step = count - (known.get(cell) ?? 0);
        if (step <= 0) continue;
        known.set(cell, count);
        if (!isBaseline) grown(cell, step, isLate);
      }
      this.counts.set(window, known);
    }
    this.baseline = [Math.max(pending, to), end];
    this.copy = undefined;
  }

  /** All windows have been asked for, at this time. */
  complete({ now, monotonic }: Clock): void {
    const trusted = Math.min(now, this.started.now + monotonic - this.started.monotonic);
    this.floor = Math.max(this.floor, windowOf(trusted - this.lookBack));
    for (const window of this.counts.keys()) if (window < this.floor) this.counts.delete(window);
    this.hasPolled = true;
    this.size = Math.min(MOST_WINDOWS, this.size + 1);
    this.copy = undefined;
  }

  /** What a later run needs to go on from here. */
  save(): SavedWindows {
    this.copy ??= {
      asked: this.asked,
      floor: this.floor,
      baseline: [...this.baseline],
      counts: Object.fromEntries([...this.counts].map(([window, counts]) => [window, [...counts].flat()])),
    };
    return this.copy;
  }
}

function windowOf(time: number): number {
  return Math.floor(time / WINDOW) * WINDOW;
}
