// Every figure of the charts, on one screen: the equivalent PromQL expression, and how the page computes it.
import { number } from './exposition.js';
import { histogramQuantile } from './histogram-quantile.js';
import type { Labels, Scrapes } from './scrapes.js';

export const CLASSES = ['100', '200', '300', '400', '500'] as const;
export const QUANTILES = [0.5, 0.9, 0.99] as const;

/** The metrics that the page reads; it ignores all others. */
export const METRICS: ReadonlySet<string> = new Set([
  'incoming_requests',
  'connected_clients',
  'response_code',
  'response_time_bucket',
  'service_collector_observations_total',
  'service_collector_observations_rejected_total',
  'service_collector_refused_total',
  'service_collector_source_configured',
  'service_collector_source_last_recorded_timestamp_seconds',
  'service_collector_build_info',
  'process_start_time_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
]);

export interface Figure {
  expression: string;
  /** NaN if Prometheus has no result. */
  value: (scrapes: Scrapes) => number;
}

/** Responses per second of a class, such as `500`, and some labels. */
export function responses(type: string, labels: Labels = {}): Figure {
  return perSecond('response_code', { ...labels, type });
}

/** The share of server errors, from 0 to 1. */
export function errorRatio(labels: Labels): Figure {
  const errors = responses('500', labels);
  const all = perSecond('response_code', labels);
  return {
    expression: `${errors.expression} / ${all.expression}`,
    value: (scrapes) => errors.value(scrapes) / all.value(scrapes),
  };
}

/** The response time at quantile `q`, in seconds. */
export function responseTime(q: number, labels: Labels): Figure {
  return {
    expression: `histogram_quantile(${q}, sum by (le) (rate(response_time_bucket${selector(labels)}[1m])))`,
    value: (scrapes) => {
      const rates = scrapes.rate('response_time_bucket', labels);
      const buckets = rates.flatMap(([{ le = '' }, count]) => {
        const upperBound = number(le);
        return upperBound === undefined ? [] : [{ upperBound, count }];
      });
      return histogramQuantile(q, buckets);
    },
  };
}

export const clients = now('connected_clients');
export const requests = perSecond('incoming_requests');
/** CPU cores in use: 1 is one core at full load. */
export const cpu = perSecond('process_cpu_seconds_total');
export const memory = now('process_resident_memory_bytes');
export const eventLoopLag = now('nodejs_eventloop_lag_p99_seconds');

function perSecond(name: string, labels: Labels = {}): Figure {
  return {
    expression: `sum(rate(${name}${selector(labels)}[1m]))`,
    value: (scrapes) => sum(scrapes.rate(name, labels)),
  };
}

function now(name: string): Figure {
  return { expression: `sum(${name})`, value: (scrapes) => sum(scrapes.latest(name)) };
}

function sum(vector: readonly [Labels, number][]): number {
  return vector.length === 0 ? NaN : vector.reduce((total, [, value]) => total + value, 0);
}

/** A PromQL selector. Labels are sorted, so that the same labels give the same expression. */
export function selector(labels: Labels): string {
  const matchers = Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .toSorted();
  return matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
}

/** The figures of all charts for these environments. */
export function figuresOf(environments: readonly string[]): Figure[] {
  return [...trafficOf(environments), clients, requests, cpu, memory, eventLoopLag];
}

/** The figures of responses, for the chosen values of labels with lists. */
export function trafficOf(environments: readonly string[], chosen: Labels = {}): Figure[] {
  const each = environments.map((env) => ({ env, ...chosen }));
  return [
    ...CLASSES.flatMap((type) => [chosen, ...each].map((labels) => responses(type, labels))),
    ...each.map(errorRatio),
    ...each.flatMap((labels) => QUANTILES.map((q) => responseTime(q, labels))),
  ];
}
