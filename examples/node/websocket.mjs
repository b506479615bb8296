// Sends observations over a WebSocket, and prints the answer. Needs the package `ws`.
//   node websocket.mjs '{"env":"testing","statuscode":200}'
import { WebSocket } from 'ws';

const { SERVICE_COLLECTOR_URL: url = 'http://localhost:8080', SERVICE_COLLECTOR_TOKEN: token } = process.env;
const data = JSON.parse(process.argv[2]);

const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
const client = new WebSocket(`${url.replace('http', 'ws')}/ws/example`, { headers });
client.addEventListener('open', () => client.send(JSON.stringify({ event: 'observations', data })));
client.addEventListener('message', (answer) => {
  console.log(answer.data);
  client.close();
});
