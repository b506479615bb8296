import { withCommas } from '../platform/with-commas.js';
import {
  type Conflicts,
  integer,
  list,
  oneOf,
  onlyThoseOf,
  SWITCH,
  type ValuesOf,
} from '../settings/fields.js';
import { routeProblems } from './route-templates.js';

/** Letters and digits of any script; some are written with combining marks. */
export const ENVIRONMENT_NAME = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,63}$/u;
/** Allows names from servers' logs: `web@docker` is from Traefik, `outbound|80||shop` from Istio. */
const SERVICE_NAME = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._:/@| -]{0,127}$/u;
/** An HTTP token (RFC 9110, 5.6.2). */
const METHOD = /^[!#$%&'*+.^_`|~\dA-Z-]{1,32}$/;
const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The value of a label for all values that are not in its list. */
export const OTHER = 'other';

/** Five classes with 100 codes each. */
const STATUS_CODES = 500;

const environments = list()
  .refine((names) => names.every((name) => ENVIRONMENT_NAME.test(name)), {
    error:
      'must be names separated by commas, each of 1 to 64 letters, digits, ".", "_" or "-" that begins with a letter or digit',
  })
  .refine((names) => new Set(names).size === names.length, { error: 'must not name an environment twice' });

/** A closed list of label values. All its problems are in one message. */
const labelValues = (
  problemsOf: (values: readonly string[]) => string[],
  normalize = (value: string) => value,
) =>
  list()
    .transform((values) => values.map(normalize))
    .superRefine((values, context) => {
      const problems = problemsOf(values);
      if (problems.length > 0) context.addIssue({ code: 'custom', message: problems.join('; ') });
    });

const services = labelValues((names) =>
  nameProblems(names, SERVICE_NAME, '1 to 128 letters, digits, ".", "_", "-", ":", "/", "@", "|" or spaces'),
);

const methods = labelValues(
  (names) => nameProblems(names, METHOD, 'a method of HTTP'),
  (name) => name.toUpperCase(),
);

/** Path templates. No two of them may match the same paths. */
export const routeTemplates = () => labelValues(routeProblems).default([]);

const bounds = list()
  .refine((texts) => texts.every((text) => NUMBER.test(text)), {
    error: 'must be numbers of seconds separated by commas',
  })
  .transform((texts) => texts.map(Number))
  .refine(
    (numbers) => numbers.every((bound, index) => bound > (numbers[index - 1] ?? 0) && bound < Infinity),
    {
      error: 'must be above 0 and ascending, without +Inf',
    },
  );

export const recordingFields = {
  ENVIRONMENTS: environments
    .default(['testing', 'production'])
    .describe('Allowed values of `env`, separated by commas'),
  SERVICES: services.default([]).describe('Turns on the label `service`: its values, separated by commas'),
  METHODS: methods.default([]).describe('Turns on the label `method`: its values, such as `GET,POST`'),
  ROUTES: routeTemplates().describe(
    'Turns on the label `route`: templates such as `/users/:id,/files/*path`',
  ),
  RESPONSE_TIME_BUCKETS: bounds
    .default([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    .describe('Upper bounds of the buckets of `response_time`, in seconds, ascending'),
  NATIVE_HISTOGRAMS: oneOf(['on', 'off'], SWITCH)
    .default('off')
    .describe(
      'Whether `response_time` is a native histogram too, for Prometheus that scrapes protobuf: `on` or `off`',
    ),
  MAX_SERIES: integer(1, 1_000_000_000)
    .default(5_000_000)
    .describe('Most series that the lists and buckets may allow; with more, the service does not start'),
  MAX_OBSERVATIONS: integer(1, 10_000_000)
    .default(50_000)
    .describe('Most observations allowed in one request, WebSocket message or NATS message'),
};

export type RecordingSettings = ValuesOf<typeof recordingFields>;

export function* recordingConflicts(settings: RecordingSettings): Conflicts<RecordingSettings> {
  const { series, arithmetic } = greatestSeries(settings);
  const { MAX_SERIES } = settings;
  if (series > MAX_SERIES)
    yield ['MAX_SERIES', `is ${withCommas(MAX_SERIES)}, but the lists allow ${arithmetic}`];
}

/** Checks that entries like `env/service=…` of a setting name only listed environments and services. */
export function* unlistedEntries<Name extends string>(
  setting: Name,
  entries: readonly { readonly env: string; readonly service: string | undefined }[],
  { ENVIRONMENTS, SERVICES }: RecordingSettings,
): Generator<[Name, string]> {
  const envs = entries.map(({ env }) => env);
  yield* onlyThoseOf(ENVIRONMENTS, setting, 'environments that are in ENVIRONMENTS', envs);
  if (SERVICES.length === 0) return;
  const named = entries.flatMap(({ service = [] }) => service);
  yield* onlyThoseOf(SERVICES, setting, 'services that are in SERVICES', named);
}

/** The most series of `response_code` and `response_time` that observations can create, and the calculation as text. */
export function greatestSeries(
  settings: Pick<
    RecordingSettings,
    'ENVIRONMENTS' | 'SERVICES' | 'METHODS' | 'ROUTES' | 'RESPONSE_TIME_BUCKETS'
  >,
): { series: number; arithmetic: string } {
  const { ENVIRONMENTS, SERVICES, METHODS, ROUTES, RESPONSE_TIME_BUCKETS } = settings;
  const factors = [`${ENVIRONMENTS.length} env`];
  let groups = ENVIRONMENTS.length;
  for (const [label, { length }] of Object.entries({ service: SERVICES, method: METHODS, route: ROUTES })) {
    if (length === 0) continue;
    groups *= length + 1;
    factors.push(`${length + 1} ${label}`);
  }
  const buckets = RESPONSE_TIME_BUCKETS.length;
  const series = groups * (STATUS_CODES + buckets + 3);
  const total = withCommas(series);
  return {
    series,
    arithmetic: `${factors.join(' × ')} × (${STATUS_CODES} codes + ${buckets} buckets + 3) = ${total} series`,
  };
}

function nameProblems(names: readonly string[], pattern: RegExp, allowed: string): string[] {
  const seen = new Set<string>();
  const problems = names.flatMap((name) => {
    const named = JSON.stringify(name);
    if (name.toLowerCase() === OTHER) return [`${named} stands for all that is not in the list`];
    if (!pattern.test(name)) return [`${named} is not ${allowed}`];
    if (seen.has(name)) return [`${named} is named twice`];
    seen.add(name);
    return [];
  });
  return [...new Set(problems)];
}
