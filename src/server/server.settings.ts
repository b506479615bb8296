import * as z from 'zod';
import { messageOf } from '../platform/message-of.js';
import { type Conflicts, integer, list, needsBoth, readable, type ValuesOf } from '../settings/fields.js';
import { clientAddresses } from './client-address.js';
import { readCertificate } from './read-certificate.js';
import { parseTokens, readTokens } from './tokens.js';

const tokens = () => readable(parseTokens);

const tokenFile = () =>
  readable((path) => {
    readTokens(path);
    return path;
  });

const proxies = readable((text) => {
  const trusted = text.split(',').map((entry) => entry.trim());
  clientAddresses(trusted);
  return trusted;
});

const origins = list()
  .transform((entries) => entries.map((origin) => origin.toLowerCase()))
  .refine((entries) => entries.every((origin) => origin === '*' || isOrigin(origin)), {
    error: 'must be origins like https://example.org, separated by commas, or *',
  });

export const serverFields = {
  HOST: z.string().default('0.0.0.0').describe('Address to listen on'),
  PORT: integer(0, 65_535).default(8080).describe('TCP port to listen on; 0 lets the system choose one'),
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('Certificate chain (PEM); with it, the service speaks HTTPS and WSS only'),
  TLS_KEY_FILE: z.string().optional().describe('Private key of the certificate (PEM)'),
  INGEST_TOKEN: tokens().optional().meta({
    description: 'Bearer tokens, separated by commas; pushing observations requires one of them',
    secret: true,
  }),
  INGEST_TOKEN_FILE: tokenFile()
    .optional()
    .describe('File with the ingest tokens, instead of `INGEST_TOKEN`'),
  METRICS_TOKEN: tokens().optional().meta({
    description: 'Bearer tokens, separated by commas; `/metrics` requires one of them',
    secret: true,
  }),
  METRICS_TOKEN_FILE: tokenFile()
    .optional()
    .describe('File with the metrics tokens, instead of `METRICS_TOKEN`'),
  ALLOWED_ORIGINS: origins
    .default([])
    .describe('Further origins whose pages may push, such as `https://example.org`; `*` for all'),
  TRUSTED_PROXIES: proxies
    .default([])
    .describe(
      'Proxies whose `X-Forwarded-For` is trusted: addresses, subnets, `loopback`, `linklocal`, `uniquelocal`',
    ),
  RATE_LIMIT: integer(0, 1_000_000)
    .default(0)
    .describe('Most requests and WebSocket messages a second from one client address; 0 for no limit'),
  BODY_LIMIT_BYTES: integer(1, 268_435_456)
    .default(1_048_576)
    .describe('Size limit of a decompressed request body, a WebSocket message and a NATS message'),
  MAX_CLIENTS: integer(1, 1_000_000)
    .default(10_000)
    .describe('Most WebSocket clients connected at once; further ones get HTTP 503'),
  MAX_CONNECTIONS: integer(1, 2_000_000)
    .optional()
    .describe('Most connections open at once, WebSocket clients included; by default `MAX_CLIENTS` + 1,000'),
  REQUEST_TIMEOUT_SECONDS: integer(1, 3_600)
    .default(60)
    .describe('Longest time that a request may take to arrive completely'),
};

export type ServerSettings = ValuesOf<typeof serverFields>;

export function* serverConflicts(settings: ServerSettings): Conflicts<ServerSettings> {
  for (const name of ['INGEST_TOKEN', 'METRICS_TOKEN'] as const) {
    if (settings[name] && settings[`${name}_FILE`])
      yield [`${name}_FILE`, `cannot be set together with ${name}`];
  }
  yield* needsBoth(settings, 'TLS_CERT_FILE', 'TLS_KEY_FILE');
  try {
    readCertificate(settings);
  } catch (error) {
    yield ['TLS_CERT_FILE', `cannot be used with TLS_KEY_FILE: ${messageOf(error)}`];
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
