// How evenly the replicas share what is dealt out at random: messages of a queue group, each of which NATS hands to any
// member, and connections, each of which a Service of Kubernetes leads to any pod.
import { percentile } from '../report/statistics.js';
import type { Random } from './random.js';

const ROUNDS = 1_000;

export interface Sharing {
  /** What the busiest replica has, as a multiple of the mean: in the middle round, and in all but one of a hundred. */
  median: number;
  worst: number;
}

/** Deals out so many equal things to so many replicas, a thousand times. */
export function share(random: Random, things: number, replicas: number): Sharing {
  const busiest = Array.from({ length: ROUNDS }, () => {
    const counts = new Uint32Array(replicas);
    for (let dealt = 0; dealt < things; dealt++) {
      const replica = random.below(replicas);
      counts[replica] = (counts[replica] ?? 0) + 1;
    }
    return (Math.max(...counts) * replicas) / things;
  });
  return { median: percentile(busiest, 0.5), worst: percentile(busiest, 0.99) };
}
