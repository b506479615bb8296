import type { Context } from './bench.js';
import { OURS, type Quantity, type Row, rowOf, type Table, tableOf, type Value } from './report/table.js';

/** The values of a round, by the names of the quantities. */
export type Sample = Record<string, Value>;

/** What is measured in turns with others. */
export interface Candidate {
  name: string;
  /** Makes ready what all rounds use; how long that takes does not count. */
  prepare?: () => Promise<void>;
  measure: () => Promise<Sample>;
  /** Measured only in the round in the middle, since it measures many times by itself. */
  once?: true;
}

/**
 * Measures the candidates in turns, so that what disturbs the machine for a while disturbs all of them. One that fails
 * is left out from then on, unless it is service-collector or the candidates are forms of it.
 *
 * @throws what service-collector fails with
 */
export async function compare(
  { rounds, progress }: Pick<Context, 'rounds' | 'progress'>,
  quantities: readonly Quantity[],
  candidates: readonly Candidate[],
): Promise<Table[]> {
  const samples = new Map(candidates.map(({ name }) => [name, [] as Sample[]]));
  const failures = new Map<string, string>();
  const hasPeers = samples.has(OURS);

  const attempt = async ({ name }: Candidate, what: string, act: () => Promise<void>): Promise<void> => {
    if (failures.has(name)) return;
    progress(`${what}: ${name}`);
    try {
      await act();
    } catch (error) {
      if (name === OURS || !hasPeers) throw error;
      const message = error instanceof Error ? error.message : String(error);
      progress(`${name} failed: ${message}`);
      failures.set(name, `failed: ${message.split('\n', 1)[0]}`);
    }
  };

  for (const candidate of candidates) {
    const { prepare } = candidate;
    if (prepare) await attempt(candidate, 'preparation', prepare);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const candidate of candidates) {
      if (candidate.once && round !== Math.ceil(rounds / 2)) continue;
      await attempt(candidate, `round ${round} of ${rounds}`, async () => {
        samples.get(candidate.name)?.push(await candidate.measure());
      });
    }
  }

  const rowsOf = (quantity: Quantity): Row[] =>
    [...samples].map(([name, all]) => {
      const values = all.map((sample) => sample[quantity.name]).filter((value) => value !== undefined);
      return rowOf(name, values, failures.get(name));
    });
  return quantities.map((quantity) => tableOf(quantity, rowsOf(quantity)));
}
