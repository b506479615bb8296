import * as z from 'zod';
import { type Conflicts, list, needsBoth, oneOf, type ValuesOf } from '../../settings/fields.js';

const servers = list().refine(
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

const prefix = z.string().refine((text) => /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(text), {
  error: 'must be a subject of NATS without wildcards',
});

/** https://docs.nats.io/running-a-nats-service/nats_admin/jetstream_admin/naming */
const name = () =>
  z.string().refine((text) => /^[\w-]{1,64}$/.test(text), {
    error: 'must be 1 to 64 letters, digits, "_" or "-"',
  });

export const brokerFields = {
  NATS_URL: servers.default([]).meta({
    description: 'NATS servers, separated by commas: `nats://host:4222`, or `tls://host:4222` to require TLS',
    secret: true, // someone may have written a password into it
  }),
  NATS_SUBJECT: subject
    .default('observations')
    .describe('Subject to take observations from; wildcards are allowed'),
  NATS_QUEUE: name()
    .default('service-collector')
    .describe('Queue group, or durable consumer of the stream, that all replicas share'),
  NATS_STREAM: name().optional().describe('JetStream stream to take observations from; created if missing'),
  NATS_DELIVER: oneOf(['all', 'new'])
    .default('all')
    .describe(
      'Where a consumer that the service creates begins: with `all` messages of the stream, or `new` ones only',
    ),
  NATS_UNKNOWN_ENV: oneOf(['discard', 'keep'])
    .default('discard')
    .describe(
      'Whether a stream keeps messages whose environment is not in ENVIRONMENTS: `keep` or `discard`',
    ),
  NATS_CREDS_FILE: z
    .string()
    .optional()
    .describe('File with a JWT and its key, as `nsc generate creds` writes it'),
  NATS_NKEY_FILE: z.string().optional().describe('File with the seed of a user nkey'),
  NATS_USER: z.string().optional().describe('User name; needs `NATS_PASSWORD` or `NATS_PASSWORD_FILE`'),
  NATS_PASSWORD: z.string().optional().meta({ description: 'Password of `NATS_USER`', secret: true }),
  NATS_PASSWORD_FILE: z.string().optional().describe('File with the password'),
  NATS_TOKEN: z.string().optional().meta({ description: 'Token for the NATS servers', secret: true }),
  NATS_TOKEN_FILE: z.string().optional().describe('File with the token'),
  NATS_INBOX_PREFIX: prefix
    .optional()
    .describe('Prefix of inbox subjects, for a user that may not use `_INBOX`'),
  NATS_JETSTREAM_DOMAIN: name().optional().describe('JetStream domain of the stream'),
  NATS_CA_FILE: z.string().optional().describe('CA bundle (PEM) to verify the NATS servers with'),
  NATS_CERT_FILE: z.string().optional().describe('Client certificate (PEM); needs `NATS_KEY_FILE`'),
  NATS_KEY_FILE: z.string().optional().describe('Private key (PEM) of the client certificate'),
};

export type BrokerSettings = ValuesOf<typeof brokerFields>;

export function* brokerConflicts(settings: BrokerSettings): Conflicts<BrokerSettings> {
  yield* needsBoth(settings, 'NATS_CERT_FILE', 'NATS_KEY_FILE');
  yield* credentialConflicts(settings);
  if (settings.NATS_UNKNOWN_ENV === 'keep' && settings.NATS_STREAM === undefined)
    yield ['NATS_UNKNOWN_ENV', 'needs NATS_STREAM, since only a stream keeps messages'];
  const { NATS_URL, NATS_CA_FILE, NATS_CERT_FILE } = settings;
  // With an IP address, the client would compare the server's certificate with the name localhost.
  const byTls = NATS_CA_FILE ?? NATS_CERT_FILE ?? NATS_URL.find((url) => url.startsWith('tls:'));
  if (byTls !== undefined && NATS_URL.some((url) => /\/\/(\[|[\d.]+(:|$))/.test(url))) {
    yield ['NATS_URL', 'must use host names with TLS, not IP addresses: certificates are checked by name'];
  }
}

/** The ways to authenticate, of which only one may be used. */
const CREDENTIALS = [
  'NATS_CREDS_FILE',
  'NATS_NKEY_FILE',
  'NATS_USER',
  'NATS_TOKEN',
  'NATS_TOKEN_FILE',
] as const;

function* credentialConflicts(settings: BrokerSettings): Conflicts<BrokerSettings> {
  const [used, ...others] = CREDENTIALS.filter((setting) => settings[setting] !== undefined);
  for (const other of others) yield [other, `cannot be set together with ${used}`];
  const { NATS_USER, NATS_PASSWORD, NATS_PASSWORD_FILE } = settings;
  if (NATS_PASSWORD !== undefined && NATS_PASSWORD_FILE !== undefined)
    yield ['NATS_PASSWORD_FILE', 'cannot be set together with NATS_PASSWORD'];
  const password = NATS_PASSWORD ?? NATS_PASSWORD_FILE;
  if (NATS_USER !== undefined && password === undefined)
    yield ['NATS_USER', 'needs NATS_PASSWORD or NATS_PASSWORD_FILE'];
  if (NATS_USER === undefined && password !== undefined)
    yield [NATS_PASSWORD === undefined ? 'NATS_PASSWORD_FILE' : 'NATS_PASSWORD', 'needs NATS_USER'];
}
