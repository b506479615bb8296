// Remembers the highest count of each cell, by window. Documents beyond that are new. A count that dips and recovers, because
// another copy answers or an index is closed, adds nothing.
//
// Windows below the floor are not searched, and their counts are forgotten. A complete poll raises the floor to its look-back.
// The floor never falls, and never rises faster than a monotonic clock. So neither a changed clock nor a changed look-back
// counts documents twice or drops a window too early.
import * as z from 'zod';
import type { Cells } from './answer.js';
import { WINDOW } from './request.js';

/** Milliseconds in the future that are searched, because the clocks of shippers differ. */
const AHEAD = 300_000;

/** Most windows of one search. */
const MOST_WINDOWS = 60;

/** Longest downtime in milliseconds that is caught up. Earlier documents are not counted. */
const LONGEST_AWAY = 86_400_000;

const saved = z.object({
  /** Identifies the search that was counted. */
  asked: z.string(),
  floor: z.int(),
  /** The windows whose first answer is only the baseline. */
  baseline: z.tuple([z.int(), z.int()]),
  /** By window: cells alternating with their counts. */
  counts: z.record(z.string().regex(/^\d+$/), z.array(z.number())),
});

export type SavedWindows = z.infer<typeof saved>;

export interface Clock {
  /** Milliseconds since 1970, by the wall clock. */
  now: number;
  /** Milliseconds of a monotonic clock. */
  monotonic: number;
}

export class Windows {
  /** Milliseconds that are not counted, if the service was down for too long. */
  readonly gap: number = 0;
  private counts: Cells = new Map();
  private floor: number;
  private baseline: [number, number];
  /** Whether a poll was complete, in this run or an earlier one. Only then can documents be late. */
  private hasPolled = false;
  private size = MOST_WINDOWS;
  private copy: SavedWindows | undefined;

  /**
   * @param state what an earlier run saved, if anything
   * @throws {Error} if the state is not valid
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

  /** The next windows to search, beginning with `from`: the first one and the first one after them, in milliseconds. */
  next(now: number, from = this.floor): [from: number, to: number] | undefined {
    const end = windowOf(Math.max(now, this.floor + this.lookBack) + AHEAD + WINDOW - 1);
    return from >= end ? undefined : [from, Math.min(end, from + this.size * WINDOW)];
  }

  /** Halves the windows of a search, which grow by one after each complete poll. False if it is one already. */
  shrink(): boolean {
    const smaller = Math.max(1, Math.floor(this.size / 2));
    const shrunk = smaller < this.size;
    this.size = smaller;
    return shrunk;
  }

  /** Takes the cells of the windows before `to`, and reports by how much each has grown. */
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

  /** Ends a poll that has searched all windows. */
  complete({ now, monotonic }: Clock): void {
    const trusted = Math.min(now, this.started.now + monotonic - this.started.monotonic);
    this.floor = Math.max(this.floor, windowOf(trusted - this.lookBack));
    for (const window of this.counts.keys()) if (window < this.floor) this.counts.delete(window);
    this.hasPolled = true;
    this.size = Math.min(MOST_WINDOWS, this.size + 1);
    this.copy = undefined;
  }

  /** The state that a later run needs to continue. */
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
