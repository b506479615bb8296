// Connects to a service, whose address the first parameters say, as many WebSocket clients and as many unfinished requests,
// with half a body and with half a head each, as the next two say. Prints a line when all are connected, and at each ping.
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';

const [host = '', port = '', clients = '', requests = ''] = process.argv.slice(2);

const HEAD = 'POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
const beginnings = [`${HEAD}Content-Length: 1000\r\n\r\n[{"env":"testing"`, HEAD];

for (let i = 0; i < Number(clients); i++) {
  const client = new WebSocket(`ws://${host}:${port}/ws/${i}`);
  await once(client, 'open');
  client.on('ping', () => process.stdout.write('ping\n'));
}
for (let i = 0; i < Number(requests); i++) {
  for (const beginning of beginnings) {
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    socket.write(beginning);
  }
}
process.stdout.write('connected\n');
