// The service's history of the last hour, as the page receives it in JSON.
import type { Sample } from './exposition.js';
import type { Labels } from './scrapes.js';

/** The metrics in the history. */
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

/** The history has these labels, and sums over all others. */
const KEPT_LABELS = ['env', 'type', 'le', 'source'];

/** Counters of which the history has only the time of the last increase. */
export const REFUSALS: readonly string[] = [
  'service_collector_observations_rejected_total',
  'service_collector_refused_total',
];

/** Ages are in milliseconds before the response, so they do not depend on any clock's setting. */
export interface Past {
  /** Ages of the samples, the oldest first. */
  ages: number[];
  /** The values of each series, sample by sample. */
  series: { name: string; labels: Labels; values: number[] }[];
  refusals: { name: string; labels: Labels; age: number }[];
}

type AnyLabels = Readonly<Record<string, string | number>>;

/** The labels of a series in the history. */
export function keptLabels(labels: AnyLabels): Labels {
  const kept = KEPT_LABELS.filter((label) => label in labels);
  return Object.fromEntries(kept.map((label) => [label, String(labels[label])]));
}

/** A key that is the same for all series with the same name and the same values of some labels. */
export function keyOf(name: string, labels: AnyLabels, by: readonly string[] = KEPT_LABELS): string {
  return by.reduce((key, label) => `${key}\n${labels[label] ?? ''}`, name);
}

/** Sums up samples like those of the history. */
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
