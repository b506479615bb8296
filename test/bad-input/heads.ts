// Requests whose heads are spoiled. What Node takes for a request of POST /observations has one candidate in its body.
import { mutate } from './mutate.js';
import { written } from './observations.js';
import type { Random } from './random.js';
import { upgradeOf } from '../raw-websocket.js';

const PIECES = [
  ...': , ; = " % %00 %ff %2f / // /../ ? # __proto__ [a]=1 http://a http:// HTTP/1.0 HTTP/2.0'.split(' '),
  ...'GET HEAD OPTIONS TRACE CONNECT PUT BREW'.split(' '),
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\x80',
  '\xff',
  ...[
    'Host: b',
    'Content-Length: 0',
    'Content-Length: 9999999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: x',
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: h2c',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Expect: x',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Type: text/plain',
    'Accept-Encoding: gzip;q=x',
    'Sec-WebSocket-Protocol: ,',
    'Sec-WebSocket-Extensions: permessage-deflate',
    'X: '.padEnd(17_000, 'x'),
  ].map((line) => `${line}\r\n`),
];

const PATHS = '/ /some /metrics /observations /live/app.js /-/healthy /-/ready /ws/a /nowhere'.split(' ');

/** A request with a spoiled head. */
export function request(random: Random): Buffer {
  if (random.chance(0.3)) {
    const path = random.one(PATHS);
    return mutate(random, Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n`), PIECES);
  }
  const body = Buffer.from(written(random));
  const head = `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([mutate(random, Buffer.from(head), PIECES), body]);
}

/** A request for an upgrade, with a strange id or spoiled in its head. */
export function upgrade(random: Random): Buffer {
  const text = random.bytes(random.one([1, 2, 8, 60, 128, 129])).toString('latin1');
  const id = random.one([
    encodeURIComponent(text),
    text.replaceAll(/[^!-~]/g, '%'),
    '__proto__',
    '%F0%9F%9A%80',
    '%ff',
  ]);
  const valid = Buffer.from(upgradeOf(`/ws/${id}`));
  return random.chance(0.6) ? mutate(random, valid, PIECES) : valid;
}
