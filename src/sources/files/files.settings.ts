import { type RecordingSettings, unlistedEntries } from '../../recording/recording.settings.js';
import { type Conflicts, list, oneOf, type ValuesOf } from '../../settings/fields.js';

/** The path that stands for standard input. */
export const STANDARD_INPUT = '-';

/** One entry of ACCESS_LOGS. */
export interface Entry {
  readonly env: string;
  /** The service of all its lines. If undefined, the lines name it. */
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

export const filesFields = {
  ACCESS_LOGS: accessLogs
    .default([])
    .describe(
      'Access logs to follow: `env=path` or `env/service=path`, separated by commas; a path may be a glob, `-` is standard input',
    ),
  ACCESS_LOG_START: oneOf(['end', 'beginning'])
    .default('end')
    .describe(
      'Where to start in a log that exists at startup and has no saved position: `end` or `beginning`',
    ),
};

export type FilesSettings = ValuesOf<typeof filesFields>;

export function* filesConflicts(settings: FilesSettings & RecordingSettings): Conflicts<FilesSettings> {
  yield* unlistedEntries('ACCESS_LOGS', settings.ACCESS_LOGS, settings);
}
