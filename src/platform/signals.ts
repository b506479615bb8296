// Imported before everything else, so that these signals are caught from the first line on: by default they would end the
// process out of order, or not at all where it is process 1 of a container.
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type StopSignal = (typeof SIGNALS)[number];

const early: StopSignal[] = [];
let take = (signal: StopSignal): unknown => early.push(signal);
for (const signal of SIGNALS) process.on(signal, () => take(signal));

/** Calls `stop` for each signal that asks the process to stop, those that have come already included. */
export function onStopSignal(stop: (signal: StopSignal) => void): void {
  take = stop;
  for (const signal of early) stop(signal);
}
