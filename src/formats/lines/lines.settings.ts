// The settings of log formats, which all sources of lines share.
import * as z from 'zod';
import { messageOf } from '../../platform/message-of.js';
import { type RecordingSettings, routeTemplates } from '../../recording/recording.settings.js';
import { type Conflicts, onlyThoseOf, type ValuesOf } from '../../settings/fields.js';
import { parseFormat } from './parse-format.js';

const format = z.string().superRefine((text, context) => {
  try {
    parseFormat(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

export const linesFields = {
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
      'The same for the logs of one environment: its name in upper case, with `_` for anything but letters and digits',
    ),
  ACCESS_LOG_IGNORE: routeTemplates().describe(
    'Requests to skip, as path templates such as `/healthz,/static/*path`',
  ),
};

export type LinesSettings = ValuesOf<typeof linesFields>;

/** The format of the logs of an environment, as parseFormat takes it. */
export function formatOf(env: string | undefined, settings: LinesSettings): string {
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

export function* linesConflicts(settings: LinesSettings & RecordingSettings): Conflicts<LinesSettings> {
  const { ACCESS_LOG_FORMAT, ENVIRONMENTS } = settings;
  const mapped = typeof ACCESS_LOG_FORMAT === 'string' ? [] : Object.keys(ACCESS_LOG_FORMAT);
  yield* onlyThoseOf(ENVIRONMENTS, 'ACCESS_LOG_FORMAT', 'environments that are in ENVIRONMENTS', mapped);
  for (const variable of Object.keys(settings['ACCESS_LOG_FORMAT_<ENV>'])) {
    const those = ENVIRONMENTS.filter((env) => variableOf(env) === variable);
    const problem =
      those.length === 0
        ? `matches no environment; allowed are ${ENVIRONMENTS.map(formatSettingOf).join(', ')}`
        : `stands for ${those.join(' and ')}: use a map in CONFIG_FILE`;
    if (those.length !== 1) yield ['ACCESS_LOG_FORMAT_<ENV>', problem, variable];
  }
}
