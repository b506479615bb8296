import { once } from 'node:events';
import type { Server as NetServer } from 'node:net';
import { WebSocketServer } from 'ws';
import { CLOSE, frame, FrameReader, PING, TEXT } from './frames.js';
import { openWebSocket } from './websocket.js';

const LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 70_000];

/** A server that sends back what it gets, and pings before it answers a close frame. */
async function startEcho(): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary });
      if (Buffer.isBuffer(data) && data.length === LENGTHS.at(-1)) socket.ping('still there?');
    });
  });
  await once(server, 'listening');
  const address: ReturnType<NetServer['address']> = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

describe('frames of a client', () => {
  let server: WebSocketServer;
  let port: number;
  beforeEach(async () => {
    ({ server, port } = await startEcho());
  });
  afterEach(() => {
    server.close();
  });

  it('arrive at a server, whose frames are found, in whatever pieces they come', async () => {
    const found: number[] = [];
    const pieces: Buffer[] = [];
    const socket = await openWebSocket(port, '/', (opcode) => found.push(opcode));
    socket.on('data', (bytes: Buffer) => pieces.push(bytes));
    for (const length of LENGTHS) socket.write(frame(TEXT, 'x'.repeat(length)));
    socket.write(frame(CLOSE));
    await once(socket, 'close');
    const expected = [...LENGTHS.map(() => TEXT), PING, CLOSE];
    expect(found).toEqual(expected);

    const stream = Buffer.concat(pieces);
    expect(stream.includes('x'.repeat(70_000))).toBe(true);
    for (const size of [1, 2, 3, 7, 1000, stream.length]) {
      const foundInPieces: number[] = [];
      const reader = new FrameReader((opcode) => foundInPieces.push(opcode));
      for (let at = 0; at < stream.length; at += size) reader.read(stream.subarray(at, at + size));
      expect(foundInPieces).toEqual(expected);
    }
  });

  it('are not sent where no WebSocket is', async () => {
    server.options.path = '/elsewhere';
    await expect(openWebSocket(port, '/', () => {})).rejects.toThrow('no WebSocket at /: HTTP/1.1 400');
  });
});
