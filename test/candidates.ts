import type { Observation } from '../src/recording/observation.js';
import { ObservationColumns } from '../src/recording/observation-columns.js';

/** The candidates that a parser found, as objects also where it found them in columns. */
export function candidatesIn(
  found: readonly unknown[] | ObservationColumns,
  environments: readonly string[],
): readonly unknown[] {
  if (!(found instanceof ObservationColumns)) return found;
  const { length, envs, statuscodes, seconds } = found;
  return Array.from({ length }, (_, row): Observation => {
    const known = { env: environments[envs[row] ?? -1] ?? '', statuscode: statuscodes[row] ?? NaN };
    const duration = seconds[row] ?? NaN;
    return Number.isNaN(duration) ? known : { ...known, seconds: duration };
  });
}
