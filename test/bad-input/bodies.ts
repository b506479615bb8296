// Bodies of POST /observations: JSON, NDJSON and gzip, mostly spoiled, with the answer that each has to get.
import { isUtf8 } from 'node:buffer';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { mutate } from './mutate.js';
import { listed, ONE_REJECTED, type Outcome, outcomeOf, several } from './observations.js';
import type { Random } from './random.js';

export const BODY_LIMIT = 4096;

export interface Push extends Outcome {
  request: Buffer;
  /** More than one where it depends on how the bytes come together whether they are found to be too many or broken. */
  statuses: readonly number[];
}

const FORMATS = ['application/json', 'application/x-ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export function anyFormat(random: Random): Format {
  return random.one(FORMATS);
}

export function push(random: Random): Push {
  const format = anyFormat(random);
  const text = bodyOf(random, format);
  const gzipped = random.chance(0.1);
  const body = gzipped ? zipped(random, text) : text;
  const chunked = random.chance(0.2);
  const head = [
    'POST /observations HTTP/1.1',
    'Host: a',
    `Content-Type: ${format}`,
    ...(gzipped ? ['Content-Encoding: gzip'] : []),
    chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  const request = Buffer.concat([Buffer.from(head), ...(chunked ? chunksOf(random, body) : [body])]);
  return { request, ...expected(format, gzipped ? inflated(body) : body) };
}

export function bodyOf(random: Random, format: Format): Buffer {
  if (format === 'application/x-ndjson') return several(random, random.one(['\n', '\r\n', '\n\n']));
  if (random.chance(0.01)) return Buffer.alloc(BODY_LIMIT - 4 + random.below(8), '[');
  const observations = several(random, ',');
  return random.chance(0.8)
    ? Buffer.concat([Buffer.from('['), observations, Buffer.from(']')])
    : observations;
}

function zipped(random: Random, text: Buffer): Buffer {
  const large = random.chance(0.1) ? Buffer.alloc(random.below(3 * BODY_LIMIT), ' ') : Buffer.alloc(0);
  const valid = gzipSync(Buffer.concat([large, text]));
  return random.chance(0.5) ? mutate(random, valid, ['\x1f\x8b', '\x1f\x8b\x08\0', '\0', '\xff\xff']) : valid;
}

function chunksOf(random: Random, body: Buffer): Buffer[] {
  const chunks = [];
  for (let start = 0, size; start < body.length; start += size) {
    size = 1 + random.below(body.length);
    const data = body.subarray(start, start + size);
    const extension = random.one(['', '', ';a=b', ';a="b"']);
    chunks.push(Buffer.from(`${data.length.toString(16)}${extension}\r\n`), data, Buffer.from('\r\n'));
  }
  return [...chunks, Buffer.from('0\r\n\r\n')];
}

function inflated(body: Buffer): Buffer | 'broken' | 'large' {
  try {
    return gunzipSync(body, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    const { code } = z.object({ code: z.string() }).parse(error);
    return code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : 'broken';
  }
}

/** What has to become of a body that is not compressed, or was. */
export function expected(format: Format, body: Buffer | 'broken' | 'large'): Omit<Push, 'request'> {
  if (body === 'broken') return { statuses: [400, 413], ...ONE_REJECTED };
  if (body === 'large' || body.length > BODY_LIMIT) return { statuses: [413], ...ONE_REJECTED };
  if (!isUtf8(body)) return { statuses: [400], ...ONE_REJECTED };
  const text = new TextDecoder().decode(body); // without its byte order mark
  const lines =
    format === 'application/json' ? [text] : text.split('\n').filter((line) => line.trim() !== '');
  try {
    const candidates =
      format === 'application/json' ? listed(text) : lines.map((line): unknown => JSON.parse(line));
    const outcome = outcomeOf(candidates);
    return { statuses: [outcome.rejected > 0 ? 422 : 200], ...outcome };
  } catch {
    return { statuses: [400], recorded: 0, rejected: lines.length };
  }
}
