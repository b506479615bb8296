// Documents as a shipper writes them, and what counting them one by one comes to.
import { Routes } from '../../../src/recording/routes.js';

export interface Outcome {
  '@timestamp': string;
  http: { request: { method: string }; response: { status_code?: number } };
  service: { environment: string; name: string };
  url: { path: string };
  event?: { duration: number };
}

export const LISTS = {
  SERVICES: 'shop,checkout',
  METHODS: 'GET,POST',
  ROUTES: '/cart,/users/:id,/users/me,/files/*path',
};
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SECOND = 1e9;

const below = (limit: number): number => Math.floor(Math.random() * limit);
const oneOf = <T>(values: readonly T[], fallback: T): T => values[below(values.length)] ?? fallback;

/** 2 % have no status, some an invalid one, another environment, or a duration that cannot be. */
export function outcome(time: number): Outcome {
  const invalid = Math.random() < 0.01 ? oneOf([0, 99, 600, 70_000], 0) : undefined;
  const code =
    Math.random() < 0.02
      ? {}
      : { status_code: invalid ?? oneOf([101, 200, 201, 301, 404, 500, 503, 599], 200) };
  const edges = BOUNDS.flatMap((bound) => [bound * SECOND - 1, bound * SECOND, bound * SECOND + 1]);
  const duration = oneOf([...edges, -1, 0, below(2 * SECOND), 864_000 * SECOND, 864_000 * SECOND + 1], 0);
  return {
    '@timestamp': new Date(time).toISOString(),
    http: { request: { method: oneOf(['GET', 'get', 'POST', 'DELETE'], 'GET') }, response: code },
    service: {
      environment:
        Math.random() < 0.02 ? `unknown-${below(500)}` : oneOf(['testing', 'production'], 'testing'),
      name: oneOf(['shop', 'checkout', `other-${below(500)}`], 'shop'),
    },
    url: {
      path: oneOf(
        ['/cart', '/cart/?a=/b', '/users/7', '/users/me', 'https://x.example/users/8#y', '/files/a/b', '/'],
        '/',
      ),
    },
    ...(Math.random() < 0.1 ? {} : { event: { duration: Math.round(duration) } }),
  };
}

/** The samples that the documents come to, by their series, with what is skipped and rejected. */
export function samplesOf(documents: Iterable<Outcome>, withLabels: boolean): Map<string, number> {
  const templates = LISTS.ROUTES.split(',');
  const routes = new Routes(templates);
  const samples = new Map<string, number>();
  const add = (series: string, count = 1): unknown => samples.set(series, (samples.get(series) ?? 0) + count);
  for (const { http, service, url, event } of documents) {
    const { status_code: code } = http.response;
    const isRecorded =
      !service.environment.startsWith('unknown') && code !== undefined && code >= 100 && code < 600;
    if (!isRecorded) add(code === undefined ? 'skipped' : 'rejected');
    if (!isRecorded) continue;
    const labels = [
      listed(service.name, LISTS.SERVICES),
      listed(http.request.method.toUpperCase(), LISTS.METHODS),
      templates[routes.match(url.path)] ?? 'other',
    ];
    const group = [service.environment, ...(withLabels ? labels : [])].join(' ');
    add(`code ${group} ${code}`);
    const nanoseconds = event?.duration ?? -1;
    if (nanoseconds < 0 || nanoseconds > 864_000 * SECOND) continue;
    add(`count ${group}`);
    add(`sum ${group}`, nanoseconds / SECOND);
    for (const bound of BOUNDS) if (nanoseconds <= bound * SECOND) add(`${bound} ${group}`);
  }
  return samples;
}

function listed(value: string, values: string): string {
  return values.split(',').includes(value) ? value : 'other';
}

/** The same of what pages of the service show: the last of each of its processes. */
export function samplesIn(pages: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const [series, value] of pages.flatMap((page) => [...page])) {
    const label = (name: string): string[] =>
      [new RegExp(`\\b${name}="([^"]*)"`).exec(series)?.[1] ?? []].flat();
    const group = ['env', 'service', 'method', 'route'].flatMap(label).join(' ');
    const [name = ''] = series.split('{');
    const key = {
      response_code: `code ${group} ${label('statuscode').join('')}`,
      response_time_count: `count ${group}`,
      response_time_sum: `sum ${group}`,
      response_time_bucket: label('le')[0] === '+Inf' ? undefined : `${label('le').join('')} ${group}`,
      service_collector_skipped_total: series.includes('elasticsearch') ? 'skipped' : undefined,
      service_collector_observations_rejected_total: series.includes('elasticsearch')
        ? 'rejected'
        : undefined,
    }[name];
    if (key !== undefined && value > 0) samples.set(key, (samples.get(key) ?? 0) + value);
  }
  return samples;
}
