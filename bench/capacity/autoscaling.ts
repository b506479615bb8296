// What waits in a stream while the autoscaler follows a load that has grown at once. Time goes on in tenths of a second.
import { REPLICA, UTILIZATION } from './figures.js';
import type { Random } from './random.js';

const TICK = 0.1;

/** Seconds between two readings of metrics-server, and between two decisions of the autoscaler: their defaults. */
const READING = 15;
const DECISION = 15;

/** What the autoscaler takes for no difference: its default. */
const TOLERANCE = 0.1;

export interface Growth {
  /** Replicas, which are as busy as the autoscaler wants them. */
  replicas: number;
  /** What the load is multiplied with. */
  factor: number;
  /** Seconds from a decision to the first observation that a new pod records. */
  podSeconds: number;
}

export interface Backlog {
  /** The most that waits, as seconds of the new load. */
  peakSeconds: number;
  /** Seconds until nothing waits any more, 0 if nothing ever did. */
  drainedAfter: number;
  /** Replicas by then. */
  replicas: number;
}

/** Follows a growth until nothing waits. The moments of readings and decisions are random. */
export function follow(random: Random, { replicas, factor, podSeconds }: Growth): Backlog {
  const load = replicas * REPLICA * UTILIZATION * factor;
  const reading = random.next() * READING;
  const decision = random.next() * DECISION;
  const starting: number[] = [];
  let ready = replicas;
  let waiting = 0;
  let peak = 0;
  // A reading is the mean since the one before; this one has begun under the old load.
  let used = (READING - reading) * UTILIZATION;
  let usage = UTILIZATION;
  for (let tick = 1; ; tick++) {
    const time = tick * TICK;
    while ((starting[0] ?? Infinity) <= time) {
      starting.shift();
      ready += 1;
    }
    const capacity = ready * REPLICA * TICK;
    const recorded = Math.min(capacity, waiting + load * TICK);
    waiting += load * TICK - recorded;
    peak = Math.max(peak, waiting);
    used += (recorded / capacity) * TICK;
    if (due(time, reading, READING)) {
      usage = used / READING;
      used = 0;
    }
    if (due(time, decision, DECISION) && Math.abs(usage / UTILIZATION - 1) > TOLERANCE) {
      const all = ready + starting.length;
      const wanted = Math.min(2 * all, Math.ceil((ready * usage) / UTILIZATION));
      for (let added = all; added < wanted; added++) starting.push(time + podSeconds);
    }
    if (waiting === 0 && ready * REPLICA >= load) {
      return { peakSeconds: peak / load, drainedAfter: peak > 0 ? time : 0, replicas: ready };
    }
  }
}

/** Whether something happens in the tick that ends at a time, if it does at an offset and every so many seconds after. */
function due(time: number, offset: number, every: number): boolean {
  return Math.floor((time - offset) / every) > Math.floor((time - TICK - offset) / every);
}
