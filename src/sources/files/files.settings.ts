import type { RecordingSettings } from '../../recording/recording.settings.js';
import { type Conflicts, list, oneOf, type ValuesOf } from '../../settings/fields.js';

const accessLogs = list()
  .refine((entries) => entries.every((entry) => /^[^=]+=./.test(entry)), {
    error: 'must be entries like env=path, separated by commas',
  })
  .transform((entries) =>
    entries.map((entry) => ({
      env: entry.slice(0, entry.indexOf('=')),
      path: entry.slice(entry.indexOf('=') + 1),
    })),
  )
  .refine((logs) => new Set(logs.map(({ path }) => path)).size === logs.length, {
    error: 'must not name a path twice',
  });

export const filesFields = {
  ACCESS_LOGS: accessLogs.default([]).describe('Access logs to follow: `env=path[,env=path…]`'),
  ACCESS_LOG_START: oneOf(['end', 'beginning'])
    .default('end')
    .describe(
      'Where to start in a log that exists at startup and has no saved position: `end` or `beginning`',
    ),
};

export type FilesSettings = ValuesOf<typeof filesFields>;

export function* filesConflicts({
  ACCESS_LOGS,
  ENVIRONMENTS,
}: FilesSettings & RecordingSettings): Conflicts<FilesSettings> {
  const unknown = ACCESS_LOGS.filter(({ env }) => !ENVIRONMENTS.includes(env)).map(({ env }) => env);
  if (unknown.length > 0) {
    yield [
      'ACCESS_LOGS',
      `must name only environments that are in ENVIRONMENTS; not there: ${unknown.join(', ')}`,
    ];
  }
}
