// Measures candidates in turns and prints a table for each quantity.
import type { Options } from './options.js';

/** The candidate that all others are compared with. */
export const OURS = 'service-collector';

/** What a bench is run with. */
export interface Context extends Options {
  /** Seconds for which one candidate is under load in a round. */
  seconds: number;
  progress: (text: string) => void;
}

/** A claim about speed or memory. */
export interface Bench {
  name: string;
  title: string;
  run: (context: Context) => Promise<void>;
}

/** What one round of a candidate came to. */
export interface Sample {
  /** By quantity. More is better if its name ends with "/s", otherwise less. */
  values: Record<string, number>;
  /** The share of its processor that the server used. */
  busy?: number | undefined;
}

export interface Candidate {
  name: string;
  /** Starts what all rounds use. */
  prepare?: () => Promise<void>;
  measure: () => Promise<Sample>;
}

/**
 * Gives each candidate its turn in each round, so that a disturbance of the machine hits all of them. A candidate that
 * fails is left out from then on, except for the service itself.
 *
 * @throws what the service fails with
 */
export async function compare(
  { rounds, progress }: Pick<Context, 'rounds' | 'progress'>,
  candidates: readonly Candidate[],
): Promise<void> {
  const samples = new Map(candidates.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prepare, measure } of candidates) {
      const taken = samples.get(name);
      if (!taken || (round === 0 && !prepare)) continue;
      progress(round === 0 ? `start ${name}` : `round ${round} of ${rounds}: ${name}`);
      try {
        if (round === 0) await prepare?.();
        else taken.push(await measure());
      } catch (error) {
        if (name === OURS) throw error;
        progress(`${name} failed and is left out: ${String(error)}`);
        samples.delete(name);
      }
    }
  }
  const quantities = Object.keys(samples.get(OURS)?.[0]?.values ?? {});
  for (const quantity of quantities) console.table(tableOf(quantity, samples));
}

function tableOf(quantity: string, samples: ReadonlyMap<string, Sample[]>): Record<string, object> {
  const ours = median(valuesOf(quantity, samples.get(OURS)));
  return Object.fromEntries(
    [...samples].map(([name, taken]) => {
      const values = valuesOf(quantity, taken);
      const middle = median(values);
      const isRate = quantity.endsWith('/s');
      const loads = taken.flatMap(({ busy }, i) => (busy ? [{ value: values[i] ?? NaN, busy }] : []));
      const row = {
        [quantity]: rounded(middle),
        min: rounded(Math.min(...values)),
        max: rounded(Math.max(...values)),
        [`${OURS} is … times better`]: rounded(isRate ? ours / middle : middle / ours),
      };
      if (!isRate || loads.length === 0) return [name, row];
      const busy = Math.round(100 * median(loads.map((load) => load.busy)));
      const perCpuSecond = rounded(median(loads.map((load) => load.value / load.busy)));
      return [name, { ...row, 'CPU %': busy, 'per CPU second': perCpuSecond }];
    }),
  );
}

function valuesOf(quantity: string, samples: readonly Sample[] = []): number[] {
  return samples.map(({ values }) => values[quantity] ?? NaN);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

const rounded = (value: number): number => Number(value.toPrecision(value >= 1000 ? 4 : 3));
