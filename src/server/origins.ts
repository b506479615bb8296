import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** Seconds for which a browser caches the preflight response: the most that Chromium allows. */
const KEPT = '7200';

/**
 * Whether a page may open a WebSocket: its origin must be the service's own or an allowed one. Browsers always send the
 * origin (RFC 6455, 10.2), other clients need not.
 */
export function isAllowedOrigin(
  { origin, host = '' }: IncomingHttpHeaders,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || isNamed(origin, allowed)) return true;
  const scheme = /^https?:\/\//i.exec(origin)?.[0];
  // URL drops the default port, which a proxy may have added (RFC 6454, 4).
  const own = `${scheme}${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(own).host === new URL(origin).host;
}

/**
 * Express middleware for a path to which pages of the `allowed` origins may post (CORS). They can read errors, too.
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function sharedWith(allowed: readonly string[]) {
  return ({ method, headers }: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { origin } = headers;
    response.appendHeader('Vary', 'Origin');
    if (origin !== undefined && isNamed(origin, allowed)) {
      response.setHeader('Access-Control-Allow-Origin', allowed.includes('*') ? '*' : origin);
      response.setHeader('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate');
      if (method === 'OPTIONS') {
        response.setHeader('Access-Control-Allow-Methods', 'POST');
        response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Encoding, Content-Type');
        response.setHeader('Access-Control-Max-Age', KEPT);
      }
    }
    next();
  };
}

function isNamed(origin: string, allowed: readonly string[]): boolean {
  return allowed.includes('*') || allowed.includes(origin.toLowerCase());
}
