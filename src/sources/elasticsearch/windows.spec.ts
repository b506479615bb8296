import fc from 'fast-check';
import { WINDOW } from './request.js';
import { type Clock, Windows } from './windows.js';

const LOOK_BACK = 10 * WINDOW;
const START = 1_000 * WINDOW + 1;

/** A cluster of documents that are told by the time of their arrival, and a service that polls it. */
class Scene {
  now = START;
  monotonic = 0;
  counted = 0;
  late = 0;
  windows = this.begin();
  readonly documents: number[] = [];

  begin(state?: unknown, start: 'end' | 'beginning' = 'end', lookBack = LOOK_BACK, asked = 'x'): Windows {
    return new Windows(asked, lookBack, start, this.clock, state);
  }

  get clock(): Clock {
    return { now: this.now, monotonic: this.monotonic };
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.monotonic += milliseconds;
  }

  restart(...options: Parameters<Scene['begin']>): void {
    this.windows = this.begin(...options);
  }

  /** @param visible how many documents the copy that answers has, from the oldest on */
  poll(visible = this.documents.length): void {
    let range = this.windows.next(this.now);
    while (range) {
      const [from, to] = range;
      const cells = new Map<number, Map<number, number>>();
      for (const time of this.documents.slice(0, visible)) {
        if (time < from || time >= to) continue;
        const window = Math.floor(time / WINDOW) * WINDOW;
        cells.set(window, new Map([[200, (cells.get(window)?.get(200) ?? 0) + 1]]));
      }
      this.windows.take(cells, to, (_cell, step, isLate) => {
        this.counted += step;
        if (isLate) this.late += step;
      });
      range = this.windows.next(this.now, to);
    }
    this.windows.complete(this.clock);
  }
}

describe('Windows', () => {
  let scene: Scene;
  beforeEach(() => (scene = new Scene()));

  it('counts, at a first start, windows that begin after it, however late the first answer', () => {
    scene.documents.push(START - 5 * WINDOW, START - 1, START + WINDOW);
    scene.pass(8 * WINDOW);
    scene.poll();
    expect(scene.counted).toBe(1);
    scene.documents.push(START - WINDOW);
    scene.poll();
    expect(scene.counted).toBe(2);
  });

  it('counts the look-back as well, if it starts at the beginning', () => {
    scene.restart(undefined, 'beginning');
    scene.documents.push(START - 9 * WINDOW, START - 11 * WINDOW, START);
    scene.poll();
    expect([scene.counted, scene.late]).toEqual([2, 0]);
  });

  it('counts nothing twice when counts dip and come back', () => {
    scene.documents.push(START + WINDOW, START + WINDOW, START + WINDOW);
    for (const visible of [2, 0, 1, 3, 2, 3]) scene.poll(visible);
    expect(scene.counted).toBe(3);
  });

  it('continues after a restart, including its downtime', () => {
    scene.documents.push(START + WINDOW);
    scene.poll();
    const saved: unknown = JSON.parse(JSON.stringify(scene.windows.save()));
    scene.pass(180 * WINDOW);
    scene.documents.push(START + WINDOW, START + 90 * WINDOW, scene.now);
    scene.restart(saved);
    scene.poll();
    expect([scene.counted, scene.windows.gap]).toEqual([4, 0]);
    expect(scene.late).toBe(0);
  });

  it('reports how much it leaves out after more than a day of downtime', () => {
    scene.poll();
    const saved = scene.windows.save();
    scene.pass(2000 * WINDOW);
    scene.restart(saved);
    expect(scene.windows.gap).toBe((2000 - 1440) * WINDOW);
  });

  it.each<[string, (scene: Scene, saved: unknown) => void]>([
    ['with a longer look-back', (own, saved) => own.restart(saved, 'end', 60 * WINDOW)],
    ['with a clock set back', (own, saved) => ((own.now -= 60 * WINDOW), own.restart(saved))],
  ])('counts nothing again after a restart %s', (_what, restart) => {
    scene.restart(undefined, 'beginning');
    scene.documents.push(START);
    scene.poll();
    scene.pass(20 * WINDOW);
    scene.poll();
    restart(scene, scene.windows.save());
    scene.poll();
    expect(scene.counted).toBe(1);
  });

  it('starts anew for another search, and refuses an invalid state', () => {
    scene.documents.push(START - 1);
    scene.restart({ ...scene.windows.save(), floor: START + WINDOW - 1 }, 'beginning', LOOK_BACK, 'y');
    scene.poll();
    expect(scene.counted).toBe(1);
    expect(() => scene.begin({ asked: 'x' })).toThrow('floor');
  });

  it('counts documents in the oldest fifth of the look-back as late', () => {
    scene.poll();
    scene.pass(WINDOW);
    scene.documents.push(scene.now - 9.5 * WINDOW, scene.now - 7 * WINDOW);
    scene.poll();
    expect([scene.counted, scene.late]).toEqual([2, 1]);
  });

  it('searches fewer windows at a time, down to one, and then more again', () => {
    const range = (): number =>
      (scene.windows.next(scene.now)?.[1] ?? NaN) - (scene.windows.next(scene.now)?.[0] ?? NaN);
    expect(range() / WINDOW).toBe(16);
    const shrunk = Array.from({ length: 6 }, () => [scene.windows.shrink(), range() / WINDOW]);
    expect(shrunk).toEqual([
      [true, 16],
      [true, 15],
      [true, 7],
      [true, 3],
      [true, 1],
      [false, 1],
    ]);
    scene.windows.complete(scene.clock);
    expect(range() / WINDOW).toBe(2);
  });

  it('counts each document within the look-back once, whatever clocks, copies and restarts do', () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: 5 * WINDOW }),
      /** The ages of documents that come. */
      ages: fc.array(fc.integer({ min: -4 * WINDOW, max: LOOK_BACK - 2 * WINDOW }), { maxLength: 5 }),
      dip: fc.boolean(),
      restart: fc.boolean(),
      pause: fc.integer({ min: 0, max: 100 * WINDOW }),
      clock: fc.constantFrom(0, 0, 0, -WINDOW, 30 * WINDOW),
      lookBack: fc.constantFrom(LOOK_BACK, 3 * LOOK_BACK),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const own = new Scene();
        own.poll();
        let ahead = 0;
        for (const { passes, ages, dip, restart, pause, clock, lookBack } of steps) {
          own.pass(passes);
          own.documents.push(...ages.map((age) => Math.max(START + WINDOW, own.now - ahead - age)));
          if (dip) own.poll(Math.floor(own.documents.length / 2));
          // Clocks are put right again.
          own.now -= ahead;
          ahead = clock;
          own.now += ahead;
          own.poll();
          if (!restart) continue;
          own.now -= ahead;
          ahead = 0;
          const saved: unknown = JSON.parse(JSON.stringify(own.windows.save()));
          own.pass(pause);
          own.restart(saved, 'end', lookBack);
        }
        own.now -= ahead;
        own.pass(5 * WINDOW); // for those ahead of the clock
        own.poll();
        expect(own.counted).toBe(own.documents.length);
      }),
    );
  });
});
