import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { upgradeOf } from '../test/raw-websocket.js';
import type { Server } from './server.js';

/** Opens a WebSocket of which only the bytes are handled. */
export async function openWebSocket({ url, port, program }: Server, path: string): Promise<Socket> {
  const address = { port, host: '127.0.0.1', noDelay: true };
  const socket = url.startsWith('https') ? connectSecurely(address) : connect(address);
  socket.write(
    upgradeOf(
      path,
      Object.entries(program.headers ?? {}).map((header) => header.join(': ')),
    ),
  );
  const [answer]: Buffer[] = await once(socket, 'data');
  if (!answer?.toString('latin1').startsWith('HTTP/1.1 101 '))
    throw new Error(`no WebSocket: ${String(answer)}`);
  return socket.resume();
}
