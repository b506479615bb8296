// Environment variables → one validated, typed Settings, put together from those that the rooms declare. A wrong value stops
// the start, and every wrong one is named at once.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as z from 'zod';
import { lifecycleFields } from './lifecycle/lifecycle.settings.js';
import { messageOf } from './platform/message-of.js';
import { recordingConflicts, recordingFields } from './recording/recording.settings.js';
import { serverConflicts, serverFields } from './server/server.settings.js';
import type { Conflicts } from './settings/fields.js';
import { logFields } from './settings/log.settings.js';
import { SettingsError } from './settings/token.js';
import { stateFields } from './state/state.settings.js';
import { brokerConflicts, brokerFields } from './sources/broker/broker.settings.js';
import { filesConflicts, filesFields } from './sources/files/files.settings.js';
import { simulatorFields } from './sources/simulator/simulator.settings.js';
import { websocketFields } from './sources/websocket/websocket.settings.js';

const fields = z.object({
  ...recordingFields,
  ...simulatorFields,
  ...filesFields,
  ...brokerFields,
  ...websocketFields,
  ...serverFields,
  ...stateFields,
  ...lifecycleFields,
  ...logFields,
});

export type Settings = z.infer<typeof fields>;

/** The headings of docs/configuration.md, and the settings under each. */
export const SETTINGS_BY_ROOM: Readonly<Record<string, z.ZodRawShape>> = {
  'What is recorded': recordingFields,
  Simulator: simulatorFields,
  'Access logs': filesFields,
  NATS: brokerFields,
  WebSockets: websocketFields,
  'Server, security and limits': serverFields,
  State: stateFields,
  Shutdown: lifecycleFields,
  'The log of the service': logFields,
};

function* conflicts(settings: Settings): Conflicts<Settings> {
  yield* recordingConflicts(settings);
  yield* filesConflicts(settings);
  yield* serverConflicts(settings);
  yield* brokerConflicts(settings);
}

const schema = fields.superRefine(
  (settings, context) => {
    const wrong = new Set(context.issues.map(({ path }) => path?.[0]));
    for (const [name, message] of conflicts(settings)) {
      if (!wrong.has(name)) context.addIssue({ code: 'custom', path: [name], message });
    }
  },
  // also beside others that are wrong, so that all are named
  { when: () => true },
);

/** Whether the simulator runs. With `auto` it does until a setting configures another source; a new source adds its own here. */
export function isSimulated(settings: Settings): boolean {
  const { SIMULATOR, ACCESS_LOGS, NATS_URL, INGEST_TOKEN, INGEST_TOKEN_FILE } = settings;
  if (SIMULATOR !== 'auto') return SIMULATOR === 'on';
  return ACCESS_LOGS.length === 0 && NATS_URL.length === 0 && !INGEST_TOKEN && !INGEST_TOKEN_FILE;
}

/**
 * Reads the settings from environment variables. An empty variable counts as unset: Compose passes `${NAME:-}` as an empty
 * string. Unknown variables are ignored.
 *
 * @throws {SettingsError} if any variable has a value that is not allowed
 */
export function readSettings(variables: NodeJS.ProcessEnv): Settings {
  const { data, error } = schema.safeParse(given(variables));
  if (data) return data;
  const shape: Readonly<z.ZodRawShape> = fields.shape;
  const problems = error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const isSecret = z.globalRegistry.get(shape[name] ?? fields)?.['secret'] === true;
    const value = isSecret ? '…' : JSON.stringify(variables[name]);
    return `  ${name}${value === undefined ? '' : `=${value}`} ${issue.message}`;
  });
  throw new SettingsError(['Invalid configuration:', ...problems].join('\n'));
}

/** The variables that are set to something. */
function given(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}

/**
 * The process's environment variables, and under them those of the file at `path`, if there is one.
 *
 * @throws {SettingsError} if the file is there but cannot be read
 */
export function environmentWith(path: string): NodeJS.ProcessEnv {
  try {
    const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
    return { ...parseEnv(text), ...given(process.env) };
  } catch (error) {
    // no instanceof: Jest runs the service in a realm with an Error of its own
    const missing = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    if (missing) return process.env;
    throw new SettingsError(`Cannot start, because ${path} cannot be read: ${messageOf(error)}`);
  }
}
