// Environment variables → one validated, typed Settings. A wrong value stops the start, and every wrong one is
// named at once.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as z from 'zod';
import { parseTokens, readTokens } from './server/tokens.js';
import { clientAddresses } from './server/client-address.js';
import { readCertificate } from './server/read-certificate.js';
import { messageOf } from './platform/message-of.js';

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
  })
  .refine((names) => new Set(names).size === names.length, { error: 'must not name an environment twice' });

const accessLogs = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
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

/** Has `use` read a text, and makes what it throws a problem of the setting. */
const readable = <T>(use: (text: string) => T) =>
  z.string().transform((text, context): T => {
    try {
      return use(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

const tokens = readable(parseTokens);

const tokenFile = readable((path) => {
  readTokens(path);
  return path;
});

const proxies = readable((text) => {
  const list = text.split(',').map((entry) => entry.trim());
  clientAddresses(list);
  return list;
});

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim().toLowerCase()))
  .refine((list) => list.every((origin) => origin === '*' || isOrigin(origin)), {
    error: 'must be origins like https://example.org, separated by commas, or *',
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
  /** Observations in one request or WebSocket message. */
  MAX_OBSERVATIONS: integer(1, 10_000_000).default(50_000),
  /** Connections at the same time, WebSocket clients included; if not set, MAX_CLIENTS and 1,000 more. */
  MAX_CONNECTIONS: integer(1, 2_000_000).optional(),
  /** Seconds from the first byte of a request to its last. */
  REQUEST_TIMEOUT_SECONDS: integer(1, 3_600).default(60),
  /** Requests and WebSocket messages a second from one client address; 0 for any number. */
  RATE_LIMIT: integer(0, 1_000_000).default(0),
  /** Proxies whose X-Forwarded-For says where a request comes from: addresses, subnets, or names of ranges. */
  TRUSTED_PROXIES: proxies.default([]),
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
  /** Bearer tokens, any of which observations need. */
  INGEST_TOKEN: tokens.optional(),
  /** Path of a file that holds them instead, and may change. */
  INGEST_TOKEN_FILE: tokenFile.optional(),
  /** Bearer tokens, any of which `/metrics` needs. */
  METRICS_TOKEN: tokens.optional(),
  /** Path of a file that holds them instead, and may change. */
  METRICS_TOKEN_FILE: tokenFile.optional(),
  /** Paths of files in PEM format, which may change: with them it speaks HTTPS and WSS only. */
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  /** Origins, beside its own, whose pages may open WebSockets in a browser. */
  ALLOWED_ORIGINS: origins.default([]),
  /** Seconds that an orderly stop may take. */
  SHUTDOWN_TIMEOUT_SECONDS: integer(1, 3_600).default(10),
  /** The least severe of Nest's levels that is logged. */
  LOG_LEVEL: oneOf(LOG_LEVELS).default('log'),
  LOG_FORMAT: oneOf(['pretty', 'json']).default('pretty'),
});

/** What is wrong with settings that are right each on its own: the name of one, and a sentence about it. */
function* conflicts(
  settings: z.infer<typeof fields>,
): Generator<[name: keyof typeof settings, message: string]> {
  const { ENVIRONMENTS, ACCESS_LOGS, TLS_CERT_FILE, TLS_KEY_FILE } = settings;
  const unknown = ACCESS_LOGS.filter(({ env }) => !ENVIRONMENTS.includes(env)).map(({ env }) => env);
  if (unknown.length > 0) {
    yield ['ACCESS_LOGS', `must name environments of ENVIRONMENTS, which ${unknown.join(', ')} is not`];
  }
  for (const name of ['INGEST_TOKEN', 'METRICS_TOKEN'] as const) {
    if (settings[name] && settings[`${name}_FILE`]) yield [`${name}_FILE`, `must not be set beside ${name}`];
  }
  if ((TLS_CERT_FILE === undefined) !== (TLS_KEY_FILE === undefined)) {
    yield [TLS_CERT_FILE ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE', 'needs both, TLS_CERT_FILE and TLS_KEY_FILE'];
  }
  if (TLS_CERT_FILE !== undefined && TLS_KEY_FILE !== undefined) {
    try {
      readCertificate({ TLS_CERT_FILE, TLS_KEY_FILE });
    } catch (error) {
      yield ['TLS_CERT_FILE', `cannot be used with TLS_KEY_FILE: ${messageOf(error)}`];
    }
  }
  yield* brokerConflicts(settings);
}

function* brokerConflicts({
  NATS_URL,
  NATS_CA_FILE,
  NATS_CERT_FILE,
  NATS_KEY_FILE,
}: z.infer<typeof fields>): Generator<[name: keyof z.infer<typeof fields>, message: string]> {
  if ((NATS_CERT_FILE === undefined) !== (NATS_KEY_FILE === undefined)) {
    yield [
      NATS_CERT_FILE ? 'NATS_CERT_FILE' : 'NATS_KEY_FILE',
      'needs both, NATS_CERT_FILE and NATS_KEY_FILE',
    ];
  }
  // The client would compare the certificate of a server that is an address with the name localhost.
  const byTls = NATS_CA_FILE ?? NATS_CERT_FILE ?? NATS_URL.find((url) => url.startsWith('tls:'));
  if (byTls !== undefined && NATS_URL.some((url) => /\/\/(\[|[\d.]+(:|$))/.test(url))) {
    yield [
      'NATS_URL',
      'must hold names, not addresses, where TLS is used, as certificates are checked by name',
    ];
  }
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

export type Settings = z.infer<typeof schema>;

/** What no message repeats: someone may have written a password there. */
const SECRETS: ReadonlySet<string> = new Set(['INGEST_TOKEN', 'METRICS_TOKEN', 'NATS_URL']);

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
    const value = SECRETS.has(name) ? '…' : JSON.stringify(variables[name]);
    return `  ${name}=${value} ${issue.message}`;
  });
  throw new SettingsError(['Cannot start, because settings are wrong:', ...problems].join('\n'));
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
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
