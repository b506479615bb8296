// Imported before everything else, to catch these signals from the start. By default they would kill the process at once, or
// be ignored if it is process 1 of a container.
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type StopSignal = (typeof SIGNALS)[number];

const early: StopSignal[] = [];
let take = (signal: StopSignal): unknown => early.push(signal);
for (const signal of SIGNALS) process.on(signal, () => take(signal));

/** Calls `stop` for each signal that asks the process to stop, including those received earlier. */
export function onStopSignal(stop: (signal: StopSignal) => void): void {
  take = stop;
  for (const signal of early) stop(signal);
}
