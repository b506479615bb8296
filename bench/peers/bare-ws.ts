// The ws package alone: each message is parsed, counted and answered.
import { WebSocketServer } from 'ws';
import { tally } from './tally.js';

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env['PORT']) });

server.on('connection', (socket) => {
  socket.on('message', (message) => {
    if (!Buffer.isBuffer(message)) return;
    const { data }: { data: unknown } = JSON.parse(message.toString());
    const candidates: unknown[] = Array.isArray(data) ? data : [data];
    let recorded = 0;
    for (const candidate of candidates) if (tally(candidate)) recorded++;
    socket.send(JSON.stringify({ event: 'recorded', data: { recorded } }));
  });
});
