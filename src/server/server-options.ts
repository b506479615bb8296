import type { IncomingMessage, ServerOptions } from 'node:http';
import type { ServerSettings } from './server.settings.js';
import { readCertificate } from './read-certificate.js';
import { isUpgrade } from './upgrades.js';

/**
 * Longer than the five minutes for which Prometheus keeps an idle connection (`IdleConnTimeout` in prometheus/common's
 * http_config.go), so that the service never closes a connection while the next scrape is in flight.
 */
const KEEP_ALIVE_MILLISECONDS = 310_000;

/** Milliseconds for the head of a request, from its first byte or, on a new connection, from connecting. */
const HEAD_MILLISECONDS = 20_000;

/** Milliseconds for the TLS handshake. */
const HANDSHAKE_MILLISECONDS = 10_000;

/** Milliseconds between two checks for requests that take too long. */
const CHECK_MILLISECONDS = 1_000;

/** An option of later versions of Node, which the types of Node 20 lack. */
interface UpgradeOptions {
  shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** Limits and upgrade handling for Node's HTTP server. */
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

/** Options for HTTPS, if there is a certificate. */
export function httpsOptions(settings: ServerSettings) {
  const certificate = readCertificate(settings);
  return certificate ? { httpsOptions: { ...certificate, handshakeTimeout: HANDSHAKE_MILLISECONDS } } : {};
}
