import type { IncomingHttpHeaders } from 'node:http';

/** The service's subprotocol, which a browser offers in addition to its token. */
const SUBPROTOCOL = 'service-collector';

/** Prefix of a subprotocol that carries a token, in base64url because subprotocols do not allow all characters of tokens. */
const CARRIER = 'bearer.';

/**
 * The header `Authorization` of a client. Browsers cannot set it for a WebSocket, so a subprotocol may carry the token
 * instead, as in Kubernetes' API server.
 */
export function authorizationOf(headers: IncomingHttpHeaders): string | undefined {
  if (headers.authorization !== undefined) return headers.authorization;
  const offered = headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim());
  const carrier = offered?.find((protocol) => protocol.startsWith(CARRIER));
  return carrier && `Bearer ${Buffer.from(carrier.slice(CARRIER.length), 'base64url').toString()}`;
}

/** Selects the subprotocol: never one that carries a token, because responses are often logged. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  return [...offered].find((protocol) => !protocol.startsWith(CARRIER)) ?? false;
}
