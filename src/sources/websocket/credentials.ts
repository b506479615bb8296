import type { IncomingHttpHeaders } from 'node:http';

/** The subprotocol that a browser names beside its token, and that the service speaks. */
const SUBPROTOCOL = 'service-collector';

/** Begins the subprotocol that carries a token, in base64url, since not all characters of tokens are allowed there. */
const CARRIER = 'bearer.';

/**
 * What a client shows for the header `Authorization`: that header, or, since browsers let no page set it for a WebSocket,
 * the subprotocol that carries its token, the way Kubernetes' API server takes it.
 */
export function authorizationOf(headers: IncomingHttpHeaders): string | undefined {
  if (headers.authorization !== undefined) return headers.authorization;
  const offered = headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim());
  const carrier = offered?.find((protocol) => protocol.startsWith(CARRIER));
  return carrier && `Bearer ${Buffer.from(carrier.slice(CARRIER.length), 'base64url').toString()}`;
}

/** The subprotocol that is agreed on: never one that carries a token, as answers are easily logged. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  return [...offered].find((protocol) => !protocol.startsWith(CARRIER)) ?? false;
}
