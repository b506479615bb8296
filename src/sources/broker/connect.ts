import { readFile } from 'node:fs/promises';
import type { ConnectionOptions, NatsConnection, TlsOptions } from '@nats-io/transport-node';
import { authenticatorFor } from './authenticator.js';
import type { BrokerSettings } from './broker.settings.js';

/** Milliseconds that a server may take to answer. */
const TIMEOUT = 5_000;

/** Milliseconds between two pings. After two without an answer, the connection counts as broken. */
const PING_INTERVAL = 10_000;

/**
 * Connects to a random one of the servers, with TLS and credentials if configured. Files are read each time, so renewed
 * certificates and credentials are used from the next connection on.
 *
 * @throws {Error} if a file cannot be used, no server can be reached, or the credentials are refused
 */
export async function connect(settings: BrokerSettings): Promise<NatsConnection> {
  // Loaded only where a broker is configured.
  const nats = await import('@nats-io/transport-node');
  return nats.connect(await connectionOptions(settings));
}

/** @throws {Error} if a file is missing or not valid */
export async function connectionOptions(settings: BrokerSettings): Promise<ConnectionOptions> {
  const tls = await tlsOptions(settings);
  const authenticator = await authenticatorFor(settings);
  return {
    servers: settings.NATS_URL,
    name: 'service-collector',
    timeout: TIMEOUT,
    pingInterval: PING_INTERVAL,
    // BrokerService reconnects, at the start and after failures.
    reconnect: false,
    ...(tls && { tls }),
    ...(authenticator && { authenticator }),
    ...(settings.NATS_INBOX_PREFIX !== undefined && { inboxPrefix: settings.NATS_INBOX_PREFIX }),
  };
}

/** With any of these, TLS is required. */
async function tlsOptions({
  NATS_URL,
  NATS_CA_FILE,
  NATS_CERT_FILE,
  NATS_KEY_FILE,
}: BrokerSettings): Promise<TlsOptions | undefined> {
  const files = { ca: NATS_CA_FILE, cert: NATS_CERT_FILE, key: NATS_KEY_FILE };
  const options: TlsOptions = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name];
    if (path !== undefined) options[name] = await readFile(path, 'utf8');
  }
  const wanted = Object.keys(options).length > 0 || NATS_URL.some((url) => url.startsWith('tls://'));
  return wanted ? options : undefined;
}
