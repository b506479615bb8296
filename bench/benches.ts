import type { Bench } from './bench.js';
import { accessLog } from './benches/access-log.js';
import { cardinality } from './benches/cardinality.js';
import { growth } from './benches/growth.js';
import { overload } from './benches/overload.js';
import { push } from './benches/push.js';
import { record } from './benches/record.js';
import { render, render100k } from './benches/render.js';
import { metrics, some } from './benches/requests.js';
import { soak } from './benches/soak.js';
import { rss, start } from './benches/start.js';
import { websocketMemory } from './benches/websocket-memory.js';
import { websocket, websocketSingle } from './benches/websocket.js';

/** Everything that is claimed about speed and memory. */
export const BENCHES: readonly Bench[] = [
  record,
  render,
  render100k,
  metrics,
  some,
  websocket,
  websocketSingle,
  push,
  accessLog,
  websocketMemory,
  start,
  rss,
  cardinality,
  growth,
  soak,
  overload,
];

/**
 * The benches of these names, or those that need not be named.
 *
 * @throws {Error} if there is no bench of a name
 */
export function benchesNamed(names: readonly string[]): Bench[] {
  if (names.length === 0) return BENCHES.filter(({ onDemand }) => !onDemand);
  return names.map((name) => {
    const found = BENCHES.find((bench) => bench.name === name);
    if (found) return found;
    throw new Error(`there is no bench ${name}, only ${BENCHES.map((bench) => bench.name).join(', ')}`);
  });
}
