// Messages of a broker: payloads with the outcome that each has to have, and headers and subjects that are spoiled.
import { message } from '../nats-stub.js';
import { anyFormat, BODY_LIMIT, bodyOf, expected } from './bodies.js';
import { mutate } from './mutate.js';
import { type Outcome, written } from './observations.js';
import type { Random } from './random.js';

const PIECES = [
  ...': NATS/1.0 NATS/1.0\x20503 NATS/ Content-Type Status __proto__ application/json ; charset=utf-16 text/plain'.split(
    ' ',
  ),
  'NATS/1.0 503 No Responders\r\n',
  'Content-Type: application/x-ndjson\r\n',
  'Nats-Msg-Id: 1\r\n',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  '\xff',
  '\xed\xa0\x80',
];

/** A message as the broker sends it. */
export interface Delivery extends Outcome {
  bytes: Buffer;
}

/** Mostly a spoiled payload, now and then one that is too large. */
export function spoiledPayload(random: Random): Delivery {
  const format = anyFormat(random);
  const payload = random.chance(0.01)
    ? Buffer.alloc(BODY_LIMIT - 4 + random.below(8), ' ')
    : bodyOf(random, format);
  const bytes = message(payload, `NATS/1.0\r\nContent-Type: ${format}\r\n\r\n`);
  const { recorded, rejected } = expected(format, payload);
  return { bytes, recorded, rejected };
}

/** One observation, which is one that is received whatever its headers say of it. */
export function spoiledHeaders(random: Random): Buffer {
  const format = anyFormat(random);
  const headers = Buffer.from(`NATS/1.0\r\nTrace: a\r\nContent-Type: ${format}\r\n\r\n`);
  return message(written(random), mutate(random, headers, PIECES), subject(random));
}

/** Anything that the protocol lets stand for a subject: no blanks and no line breaks. */
function subject(random: Random): string {
  const any = random
    .bytes(1 + random.below(40))
    .toString('latin1')
    .replaceAll(/\s/g, '.');
  return random.one(['observations', '__proto__', '$JS.API.x', '*', '>', any]);
}
