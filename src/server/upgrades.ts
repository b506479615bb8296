import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionEvent, type Connections } from './connections.js';

/** Whether a request with an Upgrade header asks for a WebSocket, and nothing else; in HTTP/1.0 none does (RFC 9110, 7.8). */
export function asksForWebSocket({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && httpVersion !== '1.0';
}

/**
 * Lets the server answer requests that ask for another protocol, such as the h2c of `curl --http2` and of Java's
 * HttpClient, as if they had not (RFC 9110, 7.8, allows that). Node hands every request with an Upgrade header to the
 * listeners of `upgrade`, body unread; here its head is put back without that header and read again.
 */
export function ignoreOtherUpgrades(server: Server, connections: Connections): void {
  // Node would drop headers beyond a number from what is put back, Content-Length among them. Bytes are still limited.
  server.maxHeadersCount = 0;
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
