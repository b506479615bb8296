// What is sent: the same observations, bodies and log lines in each run.

export interface Observation {
  env: string;
  statuscode: number;
  seconds: number;
}

/** The environments that the service knows by default. */
export const ENVIRONMENTS = ['testing', 'production'];

/** All codes of the tutorial's data. */
export const CODES = Array.from({ length: 499 }, (_, i) => 100 + i);

export function observations(count: number): Observation[] {
  const random = randomNumbers();
  return Array.from({ length: count }, () => ({
    env: oneOf(ENVIRONMENTS, random),
    statuscode: oneOf(CODES, random),
    seconds: Number((0.001 + random() * 9.999).toFixed(4)),
  }));
}

/** Lists that turn all labels on: 5 services × 4 methods × 13 routes, and `other`. */
export const LISTS = {
  SERVICES: Array.from({ length: 5 }, (_, i) => `service-${i}`).join(),
  METHODS: 'GET,POST,PUT,DELETE',
  ROUTES: ['/', '/cart', '/search', ...Array.from({ length: 10 }, (_, i) => `/api/v1/r${i}/:id`)].join(),
};

/** Observations with the values of these labels, the routes as paths. */
export function labelled(
  count: number,
): (Observation & { service: string; method: string; route: string })[] {
  const random = randomNumbers();
  const [services, methods, routes] = [LISTS.SERVICES, LISTS.METHODS, LISTS.ROUTES].map((list) =>
    list.split(','),
  );
  return observations(count).map(({ env, seconds }) => ({
    env,
    statuscode: oneOf(STATUS_CODES, random),
    seconds,
    service: oneOf(services ?? [], random),
    method: oneOf(methods ?? [], random),
    route: oneOf(routes ?? [], random).replace(':id', String(Math.floor(random() * 100_000))),
  }));
}

/** One observation for each pair of an environment and a code. */
export function oneOfEach(environments: readonly string[], codes: readonly number[]): Observation[] {
  return environments.flatMap((env) =>
    codes.map((statuscode) => ({ env, statuscode, seconds: statuscode / 100 })),
  );
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const PATHS = ['/', '/cart', '/search?q=lamp', '/api/orders/', '/api/customers/', '/assets/site.css'];
const STATUS_CODES = [200, 200, 200, 200, 200, 201, 204, 301, 304, 400, 404, 404, 500, 502, 503];
const REFERERS = ['-', 'https://shop.example/', 'https://shop.example/cart?step=2'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'curl/8.9.1',
];

/** Lines of nginx's `combined` format with `$request_time` at the end. */
export function* accessLogLines(count: number): Generator<string> {
  const random = randomNumbers();
  for (let i = 0; i < count; i++) {
    const time = new Date(1_763_892_000_000 + i).toISOString().slice(11, 19);
    const request = `${oneOf(METHODS, random)} ${oneOf(PATHS, random)}${Math.floor(random() * 100_000)} HTTP/1.1`;
    const answer = `${oneOf(STATUS_CODES, random)} ${Math.floor(random() * 50_000)}`;
    const client = `"${oneOf(REFERERS, random)}" "${oneOf(AGENTS, random)}"`;
    const seconds = (random() * (random() < 0.95 ? 0.3 : 8)).toFixed(3);
    yield `192.0.2.${i % 256} - - [23/Nov/2026:${time} +0000] "${request}" ${answer} ${client} ${seconds}\n`;
  }
}

function oneOf<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to choose from');
  return value;
}

/** Uniform in [0, 1): the linear congruential generator of Numerical Recipes. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
