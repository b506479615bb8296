// Messages of a broker whose headers or subjects are spoiled, each with one observation.
import fc from 'fast-check';
import { message } from '../nats-stub.js';
import { observation } from './payloads.js';
import { mostly, spoiled } from './spoiled.js';

const PIECES = [
  ...': NATS/1.0 NATS/1.0\x20503 NATS/ Content-Type Status __proto__ application/json ; charset=utf-16 text/plain'.split(
    ' ',
  ),
  'NATS/1.0 503 No Responders\r\n',
  'Content-Type: application/x-ndjson\r\n',
  'Nats-Msg-Id: 1\r\n',
  ...'\r\n|\r\n\r\n|\n|\r|\0|\xff|\xed\xa0\x80'.split('|'),
];

const headers = spoiled(
  fc
    .constantFrom('application/json', 'application/x-ndjson')
    .map((type) => `NATS/1.0\r\nTrace: a\r\nContent-Type: ${type}\r\n\r\n`),
  PIECES,
);

/** Anything that the protocol lets stand for a subject: no blanks and no line breaks. */
const subject = mostly(
  fc.constantFrom('observations', '__proto__', '$JS.API.x', '*', '>'),
  fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.replaceAll(/\s/g, '.')),
);

export const delivery = fc
  .tuple(observation, headers, subject)
  .map(([body, head, name]) => message(body, head, name));
