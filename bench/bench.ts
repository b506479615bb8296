import type { Options } from './options.js';
import type { Table } from './report/table.js';

/** What benches are run with. */
export interface Context extends Options {
  /** Seconds for which one candidate is put under load in a round. */
  seconds: number;
  /** Tells who is waiting what goes on. */
  progress: (text: string) => void;
}

/** A claim about speed or memory, and how it is measured. */
export interface Bench {
  name: string;
  title: string;
  /** Runs only if it is named. */
  onDemand?: true;
  run: (context: Context) => Promise<Table[]>;
}
