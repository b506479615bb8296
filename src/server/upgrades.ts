import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionEvent, type Connections } from './connections.js';

/** Since version 26 Node reads the body of a request with an Upgrade header, so that it cannot be read again. */
const BODIES_ARE_READ = Number.parseInt(process.versions.node) >= 26;

/**
 * Whether a request with an Upgrade header asks for a WebSocket, and nothing else. In HTTP/1.0 none does (RFC 9110, 7.8),
 * nor does one with a body: before version 26 Node would take that for WebSocket frames.
 */
export function asksForWebSocket(request: IncomingMessage): boolean {
  const { headers, httpVersion } = request;
  return headers.upgrade?.toLowerCase() === 'websocket' && httpVersion !== '1.0' && !hasBody(request);
}

/** Whether Node emits `upgrade` for a request with an Upgrade header instead of `request`: its `shouldUpgradeCallback`. */
export function isUpgrade(request: IncomingMessage): boolean {
  return !BODIES_ARE_READ || !hasBody(request);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || !/^0*$/.test(headers['content-length'] ?? '');
}

/**
 * Lets the server answer requests that ask for another protocol, such as the h2c of `curl --http2` and of Java's
 * HttpClient, as if they had not (RFC 9110, 7.8, allows that). Node hands such requests to the listeners of `upgrade`, body
 * unread; here their head is put back without that header and read again. Where Node reads the body, `isUpgrade` makes it an
 * ordinary request; but Node loses what has come behind it, so its answer closes the connection.
 */
export function ignoreOtherUpgrades(server: Server, connections: Connections): void {
  // Node would drop headers beyond a number from what is put back, Content-Length among them. Bytes are still limited.
  server.maxHeadersCount = 0;
  if (BODIES_ARE_READ) {
    server.prependListener('request', ({ headers }, response) => {
      if (headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    });
  }
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (asksForWebSocket(request)) return;
    connections.afterAnswers(request.socket, () => {
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      server.emit(connectionEvent(server), socket);
    });
  });
}

function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
