import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { upgradeOf } from '../test/raw-websocket.js';

/** Opens a WebSocket of which only the bytes are handled. */
export async function openWebSocket(port: number, path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(upgradeOf(path));
  const [answer]: Buffer[] = await once(socket, 'data');
  if (!answer?.toString('latin1').startsWith('HTTP/1.1 101 '))
    throw new Error(`no WebSocket: ${String(answer)}`);
  return socket.resume();
}
