// Environment variables and CONFIG_FILE → one validated, typed Settings object, combined from the fields that the rooms declare.
// A wrong value stops the start. All wrong values are reported together.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as z from 'zod';
import { lifecycleFields } from './lifecycle/lifecycle.settings.js';
import { liveFields } from './live/live.settings.js';
import { messageOf } from './platform/message-of.js';
import { recordingConflicts, recordingFields } from './recording/recording.settings.js';
import { serverConflicts, serverFields } from './server/server.settings.js';
import type { ConfigFile } from './settings/config-file.js';
import type { Conflicts } from './settings/fields.js';
import { logFields } from './settings/log.settings.js';
import { SettingsError } from './settings/token.js';
import { stateFields } from './state/state.settings.js';
import { brokerConflicts, brokerFields } from './sources/broker/broker.settings.js';
import {
  elasticsearchConflicts,
  elasticsearchFields,
} from './sources/elasticsearch/elasticsearch.settings.js';
import { linesConflicts, linesFields } from './formats/lines/lines.settings.js';
import { filesConflicts, filesFields } from './sources/files/files.settings.js';
import { simulatorFields } from './sources/simulator/simulator.settings.js';
import { syslogConflicts, syslogFields } from './sources/syslog/syslog.settings.js';
import { websocketFields } from './sources/websocket/websocket.settings.js';

const configFields = {
  CONFIG_FILE: z.string().optional().describe('YAML file with further settings, such as `PORT: 8080`'),
};

const fields = z.object({
  ...configFields,
  ...recordingFields,
  ...simulatorFields,
  ...filesFields,
  ...linesFields,
  ...syslogFields,
  ...brokerFields,
  ...elasticsearchFields,
  ...websocketFields,
  ...liveFields,
  ...serverFields,
  ...stateFields,
  ...lifecycleFields,
  ...logFields,
});

export type Settings = z.infer<typeof fields>;

/** The headings of docs/configuration.md, and the settings under each. */
export const SETTINGS_BY_ROOM: Readonly<Record<string, z.ZodRawShape>> = {
  'Settings file': configFields,
  'Observations and labels': recordingFields,
  Simulator: simulatorFields,
  'Access logs': { ...filesFields, ...linesFields },
  Syslog: syslogFields,
  NATS: brokerFields,
  'Elasticsearch and OpenSearch': elasticsearchFields,
  WebSockets: websocketFields,
  'The live page': liveFields,
  'Server, security and limits': serverFields,
  State: stateFields,
  Shutdown: lifecycleFields,
  Logging: logFields,
};

function* conflicts(settings: Settings): Conflicts<Settings> {
  yield* recordingConflicts(settings);
  yield* filesConflicts(settings);
  yield* linesConflicts(settings);
  yield* syslogConflicts(settings);
  yield* serverConflicts(settings);
  yield* brokerConflicts(settings);
  yield* elasticsearchConflicts(settings);
}

const schema = fields.superRefine(
  (settings, context) => {
    const wrong = new Set(context.issues.flatMap(({ path = [] }) => [path[0], path.join()]));
    for (const [name, message, env] of conflicts(settings)) {
      const path = env === undefined ? [name] : [name, env];
      if (!wrong.has(path.join())) context.addIssue({ code: 'custom', path, message });
    }
  },
  // check conflicts even if some fields are wrong, to report everything together
  { when: () => true },
);

/** Whether the simulator runs. With `auto`, it runs unless a setting configures another source. A new source is added here. */
export function isSimulated(settings: Settings): boolean {
  const { ACCESS_LOGS, SYSLOG, NATS_URL, ELASTICSEARCH_URL, INGEST_TOKEN, INGEST_TOKEN_FILE } = settings;
  if (settings.SIMULATOR !== 'auto') return settings.SIMULATOR === 'on';
  const isConfigured = [ACCESS_LOGS, SYSLOG, NATS_URL, ELASTICSEARCH_URL].some(({ length }) => length > 0);
  return !isConfigured && !INGEST_TOKEN && !INGEST_TOKEN_FILE;
}

/** Unchecked values of settings, by where they come from. */
export interface Given {
  /** From the environment and `.env`. */
  readonly variables: NodeJS.ProcessEnv;
  readonly file?: ConfigFile | undefined;
}

/** The values given to this process. The environment overrides `.env`, which overrides CONFIG_FILE. */
export async function givenToProcess(): Promise<Given> {
  const variables = environmentWith('.env');
  const path = variables['CONFIG_FILE'];
  if (!path) return { variables };
  // Loaded only when needed: the YAML parser takes time and memory.
  const { readConfigFile } = await import('./settings/config-file.js');
  return { variables, file: readConfigFile(path) };
}

/**
 * Reads the settings from environment variables, which override CONFIG_FILE. An empty variable counts as unset: Compose passes
 * `${NAME:-}` as an empty string. Unknown variables are ignored. Unknown names in the file are errors.
 *
 * @throws {SettingsError} if any value is not allowed
 */
export function readSettings(variables: NodeJS.ProcessEnv, file?: ConfigFile): Settings {
  const { values, problems } = merge({ variables, file });
  const { data, error } = schema.safeParse(values);
  if (data && problems.length === 0) return data;
  for (const { path, message } of error?.issues ?? []) {
    const [field = '', env = ''] = path.map(String);
    const name = field.replace(ENV, env);
    const value = isSecret(field) ? '…' : JSON.stringify(field === name ? values[name] : variables[name]);
    const where = file && !variables[name] && values[name] !== undefined ? ` (in ${file.path})` : '';
    problems.push(`  ${name}${value === undefined ? '' : `=${value}`} ${message}${where}`);
  }
  throw new SettingsError(['Invalid configuration:', ...problems].join('\n'));
}

/** The values by precedence, without values of the file that are not valid for any setting. */
function merge({ variables, file }: Given): { values: Record<string, unknown>; problems: string[] } {
  const problems: string[] = [];
  const known = Object.entries(given(file?.values ?? {})).filter(([name, value]) => {
    const field = name === 'CONFIG_FILE' || name.endsWith(ENV) ? undefined : shape.get(name);
    if (field && hasType(field, value)) return true;
    const takesList = field && hasType(field, ['']);
    const problem = field ? `must be plain text${takesList ? ' or a list' : ''}` : 'is not a setting';
    problems.push(`  ${name} ${problem} (in ${file?.path})`);
    return false;
  });
  const values = { ...Object.fromEntries(known), ...given(variables), ...givenByEnvironment(variables) };
  return { values, problems };
}

/** The suffix of a setting that has one variable for each environment. */
const ENV = '<ENV>';

/** Splits a variable for one environment into its setting `…_<ENV>` and the environment part of the name. */
export function perEnvironment(variable: string): [setting: string, env: string] | undefined {
  const setting = [...shape.keys()].find((name) => name.endsWith(ENV) && variable.startsWith(prefixOf(name)));
  return setting === undefined ? undefined : [setting, variable.slice(prefixOf(setting).length)];
}

function prefixOf(setting: string): string {
  return setting.slice(0, -ENV.length);
}

function givenByEnvironment(variables: NodeJS.ProcessEnv): Record<string, Record<string, string>> {
  const values: Record<string, Record<string, string>> = {};
  for (const [variable, value = ''] of Object.entries(given(variables))) {
    const [setting, env] = perEnvironment(variable) ?? [];
    if (setting !== undefined && env !== undefined) (values[setting] ??= {})[env] = value;
  }
  return values;
}

const shape: ReadonlyMap<string, z.core.$ZodType> = new Map(Object.entries(fields.shape));

function hasType(field: z.core.$ZodType, value: unknown): boolean {
  const { error } = z.safeParse(field, value);
  return !error?.issues.some(({ code }) => code === 'invalid_type' || code === 'invalid_union');
}

/** Whether the value must not be shown. */
export function isSecret(name: string): boolean {
  return z.globalRegistry.get(shape.get(name) ?? fields)?.['secret'] === true;
}

/** The entries that are set. */
export function given<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

/**
 * The environment variables of the process, which override those of the file at `path`, if it exists.
 *
 * @throws {SettingsError} if the file exists but cannot be read
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
