import { Batch } from '../src/recording/batch.js';
import { Labels } from '../src/recording/labels.js';
import type { Observation } from '../src/recording/observation.js';
import { readSettings } from '../src/settings.js';

/** The labels that some lists turn on. */
export function labelsFor(variables: Record<string, string>): Labels {
  return new Labels(readSettings(variables));
}

/** The candidates that a parser found, as objects also where it found them in columns. */
export function candidatesIn(found: readonly unknown[] | Batch, labels: Labels): readonly unknown[] {
  if (!(found instanceof Batch)) return found;
  const { length, groups, statuscodes, seconds } = found;
  return Array.from({ length }, (_, row): Observation => {
    const known = { ...labels.valuesOf(groups[row] ?? NaN), statuscode: statuscodes[row] ?? NaN };
    const duration = seconds[row] ?? NaN;
    return Number.isNaN(duration) ? known : { ...known, seconds: duration };
  });
}
