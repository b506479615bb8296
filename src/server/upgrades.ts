import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionEvent, type Connections } from './connections.js';

/** Since version 26, Node reads the body of a request with an Upgrade header, so it cannot be read again. */
const BODIES_ARE_READ = Number.parseInt(process.versions.node) >= 26;

/**
 * Whether a request with an Upgrade header is for a WebSocket only. HTTP/1.0 has no upgrades (RFC 9110, 7.8). A request with
 * a body is none either: Node before version 26 would treat the body as WebSocket frames.
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
 * Makes the server ignore upgrades to other protocols, such as the h2c of `curl --http2` and of Java's HttpClient, as RFC
 * 9110, 7.8, allows. Node emits such requests as `upgrade`, with the body unread. Their head is put back without the header
 * and parsed again. Where Node reads the body, `isUpgrade` makes it an ordinary request. But Node loses the bytes after it,
 * so its response closes the connection.
 */
export function ignoreOtherUpgrades(server: Server, connections: Connections): void {
  // With a limit, Node could drop headers such as Content-Length from the head that is put back. Bytes are still limited.
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
