// The page's texts and tables, computed from the last minute of scrapes.
import type { LiveData } from './live-data.js';
import type { Refusals } from './refusals.js';
import type { Labels, Scrapes } from './scrapes.js';

export interface About {
  version: string;
  nodeVersion: string;
  /** Seconds since the epoch, by the service's clock. */
  started: number;
  /** Observations recorded since the start. */
  observations: number;
  data: 'none' | 'simulated' | 'real' | 'simulated and real';
}

export function about(scrapes: Scrapes): About {
  const [build = {}] = scrapes.latest('service_collector_build_info').map(([labels]) => labels);
  const observations = sum(scrapes.latest('response_code'));
  const recorded = scrapes.latest('service_collector_observations_total');
  const simulated = sum(recorded.filter(([{ source }]) => source === 'simulator')) > 0;
  const real = sum(recorded.filter(([{ source }]) => source !== 'simulator')) > 0;
  return {
    version: build['version'] ?? '',
    nodeVersion: build['node_version'] ?? '',
    started: sum(scrapes.latest('process_start_time_seconds')),
    observations,
    data: simulated ? (real ? 'simulated and real' : 'simulated') : real ? 'real' : 'none',
  };
}

/** Refusals since the start of the service. */
export interface Refused {
  count: number;
  /** The most frequent first. */
  reasons: readonly (readonly [reason: string, count: number])[];
  /** Time of the last refusal, in milliseconds since the epoch, by the service's clock; undefined if unknown. */
  last: number | undefined;
}

export interface Source {
  name: string;
  /** Whether settings turn it on. */
  configured: boolean;
  /** In seconds since the epoch; 0 if it has recorded nothing since the start of the service. */
  lastRecorded: number;
  /** Observations since the start of the service. */
  recorded: number;
  /** Observations per second; NaN until there are two scrapes. */
  recording: number;
  refused: Refused;
}

export function sources({ scrapes, sums, refusals }: LiveData): Source[] {
  return scrapes.latest('service_collector_observations_total').map(([{ source = '' }, recorded]) => {
    const rates = sums.rate('service_collector_observations_total', { source });
    return {
      name: source,
      configured: sum(scrapes.latest('service_collector_source_configured', { source })) > 0,
      lastRecorded: sum(
        scrapes.latest('service_collector_source_last_recorded_timestamp_seconds', { source }),
      ),
      recorded,
      recording: rates.length === 0 ? NaN : sum(rates),
      refused: refused('service_collector_observations_rejected_total', { source }, scrapes, refusals),
    };
  });
}

/** Refused connections, requests and clients. */
export function turnedAway({ scrapes, refusals }: LiveData): Refused {
  return refused('service_collector_refused_total', {}, scrapes, refusals);
}

function refused(name: string, labels: Labels, scrapes: Scrapes, refusals: Refusals): Refused {
  const vector = scrapes.latest(name, labels);
  const last = Math.max(...vector.map(([of]) => refusals.timeOf(name, of) ?? -Infinity));
  return {
    count: sum(vector),
    reasons: vector
      .map(([{ reason = '' }, count]) => [reason, count] as const)
      .filter(([, count]) => count > 0)
      .toSorted(([, a], [, b]) => b - a),
    last: last > -Infinity ? last : undefined,
  };
}

export interface StatusCode {
  code: string;
  /** Its class, such as `500`. */
  type: string;
  perSecond: number;
  /** The share of all responses, from 0 to 1. */
  share: number;
}

/** `topk(count, sum by (statuscode) (rate(response_code[1m])))`, for some labels. */
export function topStatusCodes(scrapes: Scrapes, count: number, labels: Labels = {}): StatusCode[] {
  const rates = scrapes.rate('response_code', labels);
  const all = sum(rates);
  const codes = new Map<string, StatusCode>();
  for (const [{ statuscode: code = '', type = '' }, rate] of rates) {
    const perSecond = (codes.get(code)?.perSecond ?? 0) + rate;
    codes.set(code, { code, type, perSecond, share: perSecond / all });
  }
  return [...codes.values()]
    .filter(({ perSecond }) => perSecond > 0)
    .toSorted((a, b) => b.perSecond - a.perSecond || a.code.localeCompare(b.code))
    .slice(0, count);
}

function sum(vector: readonly (readonly [Labels, number])[]): number {
  return vector.reduce((total, [, value]) => total + value, 0);
}

/** The values of labels with lists in response_code and response_time, in order of appearance. */
export function listedLabels(scrapes: Scrapes): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const [labels] of [...scrapes.latest('response_code'), ...scrapes.latest('response_time_bucket')]) {
    for (const name of ['service', 'method', 'route']) {
      const value = labels[name];
      if (value !== undefined) values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  return values;
}
