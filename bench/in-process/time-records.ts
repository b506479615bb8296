import { type Observation, observations } from '../load/observations.js';

export interface RecordJob {
  operations: number;
}

const CANDIDATES = 65_536;

/** Prints the nanoseconds that it takes to record one observation, after as many to warm up. */
export function timeRecords(record: (observation: Observation) => void): void {
  const { operations }: RecordJob = JSON.parse(process.argv[2] ?? '');
  const all = observations(CANDIDATES);
  const pass = (): void => {
    for (let done = 0; done < operations; done += CANDIDATES) for (const one of all) record(one);
  };
  pass();
  const start = performance.now();
  pass();
  const passed = performance.now() - start;
  const nanoseconds = (passed * 1e6) / (Math.ceil(operations / CANDIDATES) * CANDIDATES);
  process.stdout.write(`${JSON.stringify({ nanoseconds })}\n`);
}
