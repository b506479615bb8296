// node:http alone: the least that a server on Node.js does for each request.
import { createServer, type ServerResponse } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';
import { CODES, ENVIRONMENTS, oneOfEach } from '../observations.js';
import { tally } from './tally.js';
import { tutorialMetrics } from './tutorial-metrics.js';

collectDefaultMetrics();
const record = tutorialMetrics(register);
if (process.env['PREFILL']) for (const observation of oneOfEach(ENVIRONMENTS, CODES)) record(observation);

let requests = 0;

createServer((request, response) => {
  if (request.url === '/some') {
    requests++;
    answer(response, 'text/plain; charset=utf-8', 'hello!');
  } else if (request.url === '/metrics') {
    void register.metrics().then((text) => answer(response, register.contentType, text));
  } else {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      let recorded = 0;
      for (const line of Buffer.concat(chunks).toString().split('\n'))
        if (tally(JSON.parse(line))) recorded++;
      answer(response, 'application/json', JSON.stringify({ recorded, requests }));
    });
  }
}).listen(Number(process.env['PORT']), '127.0.0.1');

function answer(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
