// Environment variables → one validated, typed Settings. A wrong value stops the start, and every wrong one is
// named at once.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as z from 'zod';

export const LOG_LEVELS = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;

const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be an integer from ${min} to ${max}`,
    })
    .transform(Number);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const environments = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(name)), {
    error:
      'must be names separated by commas, each of 1 to 64 letters, digits, ".", "_" or "-" that begins with a letter or digit',
    abort: true,
  })
  .refine((names) => new Set(names).size === names.length, { error: 'must not name an environment twice' });

const accessLogs = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .refine((entries) => entries.every((entry) => /^[^=]+=./.test(entry)), {
    error: 'must be entries like env=path, separated by commas',
    abort: true,
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

const servers = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim()))
  .refine(
    (urls) => urls.every((url) => /^(nats|tls):\/\/(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(url)),
    {
      error:
        'must be addresses like nats://host:4222 or tls://host:4222, separated by commas, without a password',
    },
  );

/** With `*` for any token and `>` for any rest: https://docs.nats.io/nats-concepts/subjects. */
const subject = z.string().refine((text) => /^([^\s.*>]+|\*)(\.([^\s.*>]+|\*))*(\.>)?$/.test(text), {
  error: 'must be a subject of NATS: tokens separated by dots, without white space',
});

/** https://docs.nats.io/running-a-nats-service/nats_admin/jetstream_admin/naming */
const natsName = z.string().refine((text) => /^[\w-]{1,64}$/.test(text), {
  error: 'must be 1 to 64 letters, digits, "_" or "-"',
});

const fields = z.object({
  /** Address to listen on. */
  HOST: z.string().default('0.0.0.0'),
  /** TCP port to listen on; 0 lets the system choose one. */
  PORT: integer(0, 65_535).default(8080),
  /** The values that an observation's `env` may have. */
  ENVIRONMENTS: environments.default(['testing', 'production']),
  SIMULATOR: oneOf(['on', 'off']).default('on'),
  /** Seconds between two pings of a WebSocket client. */
  HEARTBEAT_SECONDS: integer(1, 86_400).default(30),
  /** WebSocket clients connected at the same time. */
  MAX_CLIENTS: integer(1, 1_000_000).default(10_000),
  /** Bytes of the largest request body, inflated, and of the largest WebSocket message. */
  BODY_LIMIT_BYTES: integer(1, 268_435_456).default(1_048_576),
  /** Files whose lines become observations of an environment. */
  ACCESS_LOGS: accessLogs.default([]),
  /** Where reading starts in a log that is there already. */
  ACCESS_LOG_START: oneOf(['end', 'beginning']).default('end'),
  /** Directory that keeps where reading stands in the logs. */
  STATE_DIR: z.string().optional(),
  /** NATS servers to take observations from; one that is named `tls://` is spoken to only by TLS, as then are all. */
  NATS_URL: servers.default([]),
  /** Subject to which observations are published. */
  NATS_SUBJECT: subject.default('observations'),
  /** The queue group, or the durable consumer, that all replicas share. */
  NATS_QUEUE: natsName.default('service-collector'),
  /** JetStream's stream from which to take them; without it, they are taken as they are published. */
  NATS_STREAM: natsName.optional(),
  /** File with a JWT and its key, as `nsc generate creds` writes it. */
  NATS_CREDS_FILE: z.string().optional(),
  /** PEM files: who may vouch for the servers, and with what this service shows who it is. */
  NATS_CA_FILE: z.string().optional(),
  NATS_CERT_FILE: z.string().optional(),
  NATS_KEY_FILE: z.string().optional(),
  /** Seconds that an orderly stop may take. */
  SHUTDOWN_TIMEOUT_SECONDS: integer(1, 3_600).default(10),
  /** The least severe of Nest's levels that is logged. */
  LOG_LEVEL: oneOf(LOG_LEVELS).default('log'),
  LOG_FORMAT: oneOf(['pretty', 'json']).default('pretty'),
});

const schema = fields.superRefine((settings, context) => {
  const refuse = (name: keyof typeof settings, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { ENVIRONMENTS, ACCESS_LOGS, NATS_URL, NATS_CA_FILE, NATS_CERT_FILE, NATS_KEY_FILE } = settings;

  const unknown = ACCESS_LOGS.filter(({ env }) => !ENVIRONMENTS.includes(env)).map(({ env }) => env);
  if (unknown.length > 0) {
    refuse('ACCESS_LOGS', `must name environments of ENVIRONMENTS, which ${unknown.join(', ')} is not`);
  }
  if (NATS_CERT_FILE === undefined && NATS_KEY_FILE !== undefined) {
    refuse('NATS_CERT_FILE', 'must be set too, as NATS_KEY_FILE is');
  }
  if (NATS_CERT_FILE !== undefined && NATS_KEY_FILE === undefined) {
    refuse('NATS_KEY_FILE', 'must be set too, as NATS_CERT_FILE is');
  }
  // The client would compare the certificate of a server that is an address with the name localhost.
  const byTls = NATS_CA_FILE ?? NATS_CERT_FILE ?? NATS_URL.find((url) => url.startsWith('tls:'));
  if (byTls !== undefined && NATS_URL.some((url) => /\/\/(\[|[\d.]+(:|$))/.test(url))) {
    refuse(
      'NATS_URL',
      'must hold names, not addresses, where TLS is used, as certificates are checked by name',
    );
  }
});

export type Settings = z.infer<typeof schema>;

/** What injects the Settings of the application. */
export const SETTINGS = Symbol('Settings');

/** Its message names each wrong variable, its value and what is allowed, one a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads the settings from environment variables. An empty variable counts as one that is not set, as Compose hands
 * over `${NAME:-}`; unknown variables are ignored.
 *
 * @throws {SettingsError} if any variable has a value that is not allowed
 */
export function readSettings(variables: NodeJS.ProcessEnv): Settings {
  const { data, error } = schema.safeParse(given(variables));
  if (data) return data;
  const problems = error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name}=${JSON.stringify(variables[name])} ${issue.message}`;
  });
  throw new SettingsError(['Cannot start, because settings are wrong:', ...problems].join('\n'));
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
    throw new SettingsError(`Cannot start, because ${path} cannot be read: ${String(error)}`);
  }
}
