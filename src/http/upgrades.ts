import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether a request with an Upgrade header asks for a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return /(^|[\s,])websocket($|[\s,])/i.test(headers.upgrade ?? '');
}

/**
 * Lets the server answer requests that ask for another protocol, such as the h2c of `curl --http2` and of Java's
 * HttpClient, as if they had not (RFC 9110, 7.8, allows that). Node hands every request with an Upgrade header to the
 * listeners of `upgrade`, body unread; here its head is put back without that header and read again.
 */
export function ignoreOtherUpgrades(server: Server): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (asksForWebSocket(request)) return;
    const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      const name = request.rawHeaders[i];
      if (name?.toLowerCase() !== 'upgrade') lines.push(`${name}: ${request.rawHeaders[i + 1]}`);
    }
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
    server.emit('connection', socket);
  });
}
