import { setImmediate } from 'node:timers/promises';

/** Turns of the event loop: the one in progress ends, connections that wait are accepted, what they sent is read. */
const TURNS = 3;

/** Resolves when what clients had sent at the time of the call, and has arrived, is read. */
export async function arrivals(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}
