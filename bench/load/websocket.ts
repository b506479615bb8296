import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { FrameReader } from './frames.js';

/** Opens a WebSocket of which only the bytes are handled, and tells what kind of frames come. */
export async function openWebSocket(
  port: number,
  path: string,
  onFrame: (opcode: number, socket: Socket) => void,
): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const answer = await new Promise<Buffer>((resolve, reject) =>
    socket.once('data', resolve).once('error', reject),
  );
  const text = answer.toString('latin1');
  if (!text.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket at ${path}: ${text}`);
  const reader = new FrameReader((opcode) => onFrame(opcode, socket));
  socket.on('data', (bytes: Buffer) => reader.read(bytes));
  return socket;
}
