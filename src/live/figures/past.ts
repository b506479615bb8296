// What the service keeps of the last hour, and how it comes to the page as JSON.
import type { Sample } from './exposition.js';
import type { Labels } from './scrapes.js';

/** The metrics that are kept. */
export const KEPT_METRICS: readonly string[] = [
  'incoming_requests',
  'connected_clients',
  'response_code',
  'response_time',
  'service_collector_observations_total',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
];

/** They are kept by these labels, and as sums over all others. */
const KEPT_LABELS = ['env', 'type', 'le', 'source'];

/** Counters of which it is kept when they last rose. */
export const REFUSALS: readonly string[] = [
  'service_collector_observations_rejected_total',
  'service_collector_refused_total',
];

/** Ages are in milliseconds before the answer: they are right whatever any clock says. */
export interface Past {
  /** Of the samples, the oldest first. */
  ages: number[];
  /** The values of each, sample by sample. */
  series: { name: string; labels: Labels; values: number[] }[];
  refusals: { name: string; labels: Labels; age: number }[];
}

type AnyLabels = Readonly<Record<string, string | number>>;

/** The labels that a series is kept by. */
export function keptLabels(labels: AnyLabels): Labels {
  const kept = KEPT_LABELS.filter((label) => label in labels);
  return Object.fromEntries(kept.map((label) => [label, String(labels[label])]));
}

/** The same for all series of a name with the same values of some labels. */
export function keyOf(name: string, labels: AnyLabels, by: readonly string[] = KEPT_LABELS): string {
  return by.reduce((key, label) => `${key}\n${labels[label] ?? ''}`, name);
}

/** Adds up samples as those of the past are. */
export function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { name, labels, value } of samples) {
    const series = keyOf(name, labels);
    const sum = sums.get(series);
    if (sum) sum.value += value;
    else sums.set(series, { series, name, labels: keptLabels(labels), value });
  }
  return [...sums.values()];
}
