// Requests and upgrades whose heads are spoiled. What Node takes for a POST of /observations has one candidate in its body.
import fc from 'fast-check';
import { upgradeOf } from '../raw-websocket.js';
import { observation } from './payloads.js';
import { mostly, spoiled } from './spoiled.js';

const PIECES = [
  ...': , ; = " % %00 %ff %2f / // /../ ? # __proto__ [a]=1 http://a http:// HTTP/1.0 HTTP/2.0'.split(' '),
  ...'GET HEAD OPTIONS TRACE CONNECT PUT BREW'.split(' '),
  ...'\r\n|\n|\r|\0| |\t|\x80|\xff'.split('|'),
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
    `X: ${'x'.repeat(17_000)}`,
  ].map((line) => `${line}\r\n`),
];

const path = fc.constantFrom(
  ...'/ /some /metrics /observations /live/app.js /-/healthy /-/ready /ws/a /nowhere'.split(' '),
);
const get = spoiled(
  path.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n`),
  PIECES,
);

const post = observation.chain((body) => {
  const lines = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
  const head = `POST /observations HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n`;
  return spoiled(fc.constant(head), PIECES).map((bytes) => Buffer.concat([bytes, Buffer.from(body)]));
});

const id = fc.oneof(
  fc.string({ minLength: 1, maxLength: 130, unit: 'grapheme' }).map((text) => encodeURIComponent(text)),
  fc.constantFrom('__proto__', '%F0%9F%9A%80', '%ff', '%', 'a'.repeat(129)),
);
const upgrade = spoiled(
  id.map((text) => upgradeOf(`/ws/${text}`)),
  PIECES,
);

export const request = mostly(
  fc.oneof(get, post, upgrade),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
