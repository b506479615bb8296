// What the page says in words and tables, from the last minute of scrapes.
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

export interface Source {
  name: string;
  /** Observations since the start of the service. */
  recorded: number;
  refused: number;
  /** Observations per second; NaN until there are two scrapes. */
  recording: number;
  /** Why those were refused, the most frequent reason first. */
  reasons: readonly (readonly [string, number])[];
}

export function sources(scrapes: Scrapes): Source[] {
  return scrapes.latest('service_collector_observations_total').map(([{ source = '' }, recorded]) => {
    const refused = scrapes.latest('service_collector_observations_rejected_total', { source });
    const rates = scrapes.rate('service_collector_observations_total', { source });
    return {
      name: source,
      recorded,
      refused: sum(refused),
      recording: rates.length === 0 ? NaN : sum(rates),
      reasons: refused
        .map(([{ reason = '' }, count]) => [reason, count] as const)
        .filter(([, count]) => count > 0)
        .toSorted(([, a], [, b]) => b - a),
    };
  });
}

export interface StatusCode {
  code: string;
  /** Its class, such as `500`. */
  type: string;
  perSecond: number;
  /** Of all responses, 0 to 1. */
  share: number;
}

/** `topk(count, sum by (statuscode) (rate(response_code[1m])))`, of an environment or of all. */
export function topStatusCodes(scrapes: Scrapes, count: number, env?: string): StatusCode[] {
  const rates = scrapes.rate('response_code', env === undefined ? {} : { env });
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
