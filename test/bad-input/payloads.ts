// Observations as JSON and NDJSON, valid and spoiled, and what has to become of them by JSON.parse and a schema.
import { isUtf8 } from 'node:buffer';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import * as z from 'zod';
import { mostly, spoiled } from './spoiled.js';

/** Bytes of the largest body or message. */
export const LIMIT = 4096;

/** What becomes of something that was received: all of it is recorded, or all of it is rejected. */
export interface Outcome {
  recorded: number;
  rejected: number;
}

export const ONE_REJECTED: Outcome = { recorded: 0, rejected: 1 };

const valid = z.array(
  z.strictObject({
    env: z.enum(['testing', 'production']),
    statuscode: z.int().min(100).max(599),
    seconds: z.number().min(0).max(864_000).nullish(),
    service: z.string().nullish(),
    method: z.string().nullish(),
    route: z.string().nullish(),
  }),
);

function outcomeOf(candidates: readonly unknown[]): Outcome {
  const { length } = candidates;
  const allValid = valid.safeParse(candidates).success;
  return allValid ? { recorded: length, rejected: 0 } : { recorded: 0, rejected: length };
}

const PIECES = [
  ...String.raw`{ } [ ] , : " \ // ' - . e 0 00 -0 -1 99 600 1e2 2.0e2 1e400 1e-400 NaN Infinity null`.split(
    ' ',
  ),
  ...String.raw`"env" "statuscode" "seconds" "testing" "staging" "event" "data" "observations" [[[[`.split(
    ' ',
  ),
  ...String.raw`"__proto__" "constructor" "toString" \u0000 \ud800 {"env":"testing","statuscode":200}`.split(
    ' ',
  ),
  ...' |\t|\n|\r\n|\0|\xef\xbb\xbf|\xed\xa0\x80|\xc0\xaf|\xff\xfe|\xc2\xa0'.split('|'),
];

/** What a label may hold: values of the lists, and any others. */
const label = mostly(
  fc.constantFrom(
    'shop',
    'GET',
    'post',
    '/cart',
    '/users/1?a=b',
    '/users/:id',
    'https://a.example/cart/',
    'other',
    null,
  ),
  fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.integer()),
);

/** One observation as senders write it, now and then with blanks up to the limit. */
export const observation = fc
  .tuple(
    fc.record(
      {
        env: fc.constantFrom('testing', 'production'),
        statuscode: fc.constantFrom(100, 200, 302, 404, 503, 599),
        seconds: fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
        service: label,
        method: label,
        route: label,
      },
      { requiredKeys: ['env', 'statuscode'] },
    ),
    mostly(fc.constant(0), fc.constantFrom(LIMIT - 200, LIMIT - 1, LIMIT, LIMIT + 1)),
  )
  .map(([value, length]) => JSON.stringify(value).padEnd(length));

const unknownEnv = fc.string().map((env) => JSON.stringify({ env, statuscode: 200 }));
const several = fc.array(mostly(observation, fc.oneof(fc.json(), unknownEnv)), { maxLength: 4 });
const list = several.map((texts) => `[${texts.join()}]`);
const lines = fc
  .tuple(several, fc.constantFrom('\n', '\r\n', '\n\n'))
  .map(([texts, lineBreak]) => texts.join(lineBreak));

/** A body of a content type. */
export interface Payload {
  type: string;
  body: Buffer;
}

const JSON_TYPE = 'application/json';

export const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.record({ type: fc.constant(JSON_TYPE), body: spoiled(mostly(list, observation), PIECES) }),
  fc.record({ type: fc.constant('application/x-ndjson'), body: spoiled(lines, PIECES) }),
);

/** What has to become of a payload. */
export function outcomeOfPayload({ type, body }: Payload): Outcome {
  if (body.length > LIMIT || !isUtf8(body)) return ONE_REJECTED;
  const text = new TextDecoder().decode(body); // without its byte order mark
  const texts = type === JSON_TYPE ? [text] : text.split('\n').filter((line) => line.trim() !== '');
  try {
    const values = texts.map((one): unknown => JSON.parse(one));
    return outcomeOf(type === JSON_TYPE ? values.flat() : values);
  } catch {
    return { recorded: 0, rejected: texts.length };
  }
}

/** What gzip holds, or nothing if it is broken or holds too much. */
function inflated(gzip: Buffer): Buffer | undefined {
  try {
    return gunzipSync(gzip, { maxOutputLength: LIMIT });
  } catch {
    return undefined;
  }
}

/** A request of POST /observations, with what has to become of it. */
export interface Push {
  request: Buffer;
  outcome: Outcome;
}

function pushOf({ type, body }: Payload, chunk: number, encoding: string, outcome: Outcome): Push {
  const chunks: Buffer[] = [];
  for (let start = 0; start < body.length; start += chunk) {
    const piece = body.subarray(start, start + chunk);
    chunks.push(Buffer.from(`${piece.length.toString(16)};a="b"\r\n`), piece, Buffer.from('\r\n'));
  }
  const length = chunk < Infinity ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const head = `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n${encoding}${length}\r\n\r\n`;
  const bytes = chunk < Infinity ? [...chunks, Buffer.from('0\r\n\r\n')] : [body];
  return { request: Buffer.concat([Buffer.from(head), ...bytes]), outcome };
}

const chunk = mostly(fc.constant(Infinity), fc.integer({ min: 1, max: 300 }));
const plain = fc.tuple(payload, chunk).map(([sent, size]) => pushOf(sent, size, '', outcomeOfPayload(sent)));
const gzipped = fc
  .tuple(
    payload.chain(({ type, body }) =>
      fc.record({
        type: fc.constant(type),
        body: spoiled(fc.constant(gzipSync(body)), ['\x1f\x8b\x08\0', '\0']),
      }),
    ),
    chunk,
  )
  .map(([sent, size]) => {
    const body = inflated(sent.body);
    const outcome = body ? outcomeOfPayload({ ...sent, body }) : ONE_REJECTED;
    return pushOf(sent, size, 'Content-Encoding: gzip\r\n', outcome);
  });

export const push = mostly(plain, gzipped);

/** The text of a message over a WebSocket, which is always UTF-8. */
export const messageText = spoiled(
  list.map((data) => `{"event":"observations","data":${data}}`),
  PIECES,
)
  .map((bytes) => bytes.toString())
  .filter((text) => Buffer.byteLength(text) <= LIMIT);

/** What has to become of a message. */
export function outcomeOfMessage(text: string): Outcome {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return ONE_REJECTED;
  }
  if (typeof message !== 'object' || message === null) return ONE_REJECTED;
  if (!('event' in message && 'data' in message) || message.event !== 'observations') return ONE_REJECTED;
  return outcomeOf([message.data].flat());
}
