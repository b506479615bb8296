import type { IncomingMessage, ServerOptions } from 'node:http';
import type { ServerSettings } from './server.settings.js';
import { readCertificate } from './read-certificate.js';
import { isUpgrade } from './upgrades.js';

/**
 * Longer than the five minutes for which Prometheus keeps a connection without a scrape (`IdleConnTimeout` in
 * prometheus/common's http_config.go), so that it is never this side that hangs up while the next scrape is on its way.
 */
const KEEP_ALIVE_MILLISECONDS = 310_000;

/** Milliseconds for the head of a request, from the first byte or, on a new connection, from its beginning. */
const HEAD_MILLISECONDS = 20_000;

/** Milliseconds for a client to agree on the encryption. */
const HANDSHAKE_MILLISECONDS = 10_000;

/** Milliseconds from one look for requests that take too long to the next. */
const CHECK_MILLISECONDS = 1_000;

/** Of later versions of Node, which the types of Node 20 do not have. */
interface UpgradeOptions {
  shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** What Node.js needs to know of the limits, and of upgrades, when it makes the server. */
export function serverOptions({ REQUEST_TIMEOUT_SECONDS }: ServerSettings): ServerOptions & UpgradeOptions {
  const requestTimeout = REQUEST_TIMEOUT_SECONDS * 1_000;
  return {
    requestTimeout,
    headersTimeout: Math.min(HEAD_MILLISECONDS, requestTimeout),
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    connectionsCheckingInterval: CHECK_MILLISECONDS,
    shouldUpgradeCallback: isUpgrade,
  };
}

/** What it needs for HTTPS, if there is a certificate. */
export function httpsOptions(settings: ServerSettings) {
  const certificate = readCertificate(settings);
  return certificate ? { httpsOptions: { ...certificate, handshakeTimeout: HANDSHAKE_MILLISECONDS } } : {};
}
