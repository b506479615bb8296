import * as z from 'zod';
import { parseFormat } from '../../formats/lines/parse-format.js';
import { messageOf } from '../../platform/message-of.js';
import { type RecordingSettings, routeTemplates } from '../../recording/recording.settings.js';
import { type Conflicts, list, oneOf, type ValuesOf } from '../../settings/fields.js';

/** The path that stands for standard input. */
export const STANDARD_INPUT = '-';

/** One entry of ACCESS_LOGS. */
export interface Entry {
  readonly env: string;
  /** The label value of all its lines; what the lines say if there is none. */
  readonly service: string | undefined;
  /** It may be a glob. */
  readonly path: string;
}

const accessLogs = list()
  .refine((entries) => entries.every((entry) => /^[^=/]+(\/[^=]+)?=./.test(entry)), {
    error: 'must be entries like env=path or env/service=path, separated by commas',
  })
  .transform((entries) => entries.map(parseEntry))
  .refine((logs) => new Set(logs.map(({ path }) => path)).size === logs.length, {
    error: 'must not name a path twice',
  });

function parseEntry(entry: string): Entry {
  const [, env = '', service, path = ''] = /^([^=/]*)(?:\/([^=]*))?=(.*)$/s.exec(entry) ?? [];
  return { env, service, path };
}

const format = z.string().superRefine((text, context) => {
  try {
    parseFormat(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

export const filesFields = {
  ACCESS_LOGS: accessLogs
    .default([])
    .describe(
      'Access logs to follow: `env=path` or `env/service=path`, separated by commas; a path may be a glob, `-` is standard input',
    ),
  ACCESS_LOG_FORMAT: z
    .union([format, z.record(z.string(), format)])
    .default('auto')
    .describe(
      "`auto`, a name, or the format in the words of the server's configuration; in CONFIG_FILE also a map from environments to formats",
    ),
  'ACCESS_LOG_FORMAT_<ENV>': z
    .record(z.string(), format)
    .default({})
    .describe(
      'The same for the logs of one environment: its name in upper case, with `_` for what is no letter or digit',
    ),
  ACCESS_LOG_IGNORE: routeTemplates().describe(
    'Requests to skip: templates of paths such as `/healthz,/static/*path`',
  ),
  ACCESS_LOG_START: oneOf(['end', 'beginning'])
    .default('end')
    .describe(
      'Where to start in a log that exists at startup and has no saved position: `end` or `beginning`',
    ),
};

export type FilesSettings = ValuesOf<typeof filesFields>;

/** The format of the logs of an environment, or of those of all others, as parseFormat takes it. */
export function formatOf(env: string | undefined, settings: FilesSettings): string {
  const { ACCESS_LOG_FORMAT: byDefault, 'ACCESS_LOG_FORMAT_<ENV>': byVariable } = settings;
  if (env === undefined) return typeof byDefault === 'string' ? byDefault : 'auto';
  const declared = byVariable[variableOf(env)];
  if (declared !== undefined) return declared;
  return typeof byDefault === 'string' ? byDefault : (byDefault[env] ?? 'auto');
}

/** The name of the setting that declares the format of the logs of an environment. */
export function formatSettingOf(env: string): string {
  return `ACCESS_LOG_FORMAT_${variableOf(env)}`;
}

function variableOf(env: string): string {
  return env.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '_');
}

export function* filesConflicts(settings: FilesSettings & RecordingSettings): Conflicts<FilesSettings> {
  const { ACCESS_LOGS, ACCESS_LOG_FORMAT, ENVIRONMENTS, SERVICES } = settings;
  const environments = ACCESS_LOGS.map(({ env }) => env);
  yield* onlyThoseOf(ENVIRONMENTS, 'ACCESS_LOGS', 'environments that are in ENVIRONMENTS', environments);
  const services = SERVICES.length === 0 ? [] : ACCESS_LOGS.flatMap(({ service = [] }) => service);
  yield* onlyThoseOf(SERVICES, 'ACCESS_LOGS', 'services that are in SERVICES', services);
  const mapped = typeof ACCESS_LOG_FORMAT === 'string' ? [] : Object.keys(ACCESS_LOG_FORMAT);
  yield* onlyThoseOf(ENVIRONMENTS, 'ACCESS_LOG_FORMAT', 'environments that are in ENVIRONMENTS', mapped);
  for (const variable of Object.keys(settings['ACCESS_LOG_FORMAT_<ENV>'])) {
    const those = ENVIRONMENTS.filter((env) => variableOf(env) === variable);
    const problem =
      those.length === 0
        ? `is for no environment; there can be ${ENVIRONMENTS.map(formatSettingOf).join(', ')}`
        : `is for ${those.join(' and ')} alike: use a map in CONFIG_FILE`;
    if (those.length !== 1) yield ['ACCESS_LOG_FORMAT_<ENV>', problem, variable];
  }
}

function* onlyThoseOf(
  known: readonly string[],
  setting: 'ACCESS_LOGS' | 'ACCESS_LOG_FORMAT',
  what: string,
  names: readonly string[],
): Conflicts<FilesSettings> {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) yield [setting, `must name only ${what}; not there: ${unknown.join(', ')}`];
}
