// Observations in JSON, spoiled ones among them, and what the contract says of a text: by JSON.parse and a schema.
import * as z from 'zod';
import { mutate } from './mutate.js';
import type { Random } from './random.js';

const observation = z.strictObject({
  env: z.enum(['testing', 'production']),
  statuscode: z.int().min(100).max(599),
  seconds: z.number().min(0).optional(),
});

/** What JSON and observations are made of, and what is close to it. */
export const PIECES = [
  ...String.raw`{ } [ ] , : " \ // ' - . e 0 00 -0 -1 99 600 1e2 2.0e2 1e400 1e-400 NaN Infinity null true {} [] ""`.split(
    ' ',
  ),
  ...String.raw`"env" "statuscode" "seconds" "testing" "production" "event" "data" "observations" [[[[ \u0000`.split(
    ' ',
  ),
  ...String.raw`"__proto__" "constructor" "toString" \ud800 \udc00 {"env":"testing","statuscode":200}`.split(
    ' ',
  ),
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\xef\xbb\xbf',
  '\xed\xa0\x80',
  '\xc0\xaf',
  '\xff\xfe',
  '\xc2\xa0',
  '\xf0\x9f\x9a\x80',
];

/** An observation as senders write it. */
export function written(random: Random): string {
  const env = random.one(['testing', 'production']);
  const statuscode = 100 + random.below(500);
  const seconds = random.one([
    '',
    `,"seconds":${random.below(100_000) / 1000}`,
    ', "seconds": 1e-3',
    ',"seconds":0',
  ]);
  return `{"env":"${env}","statuscode":${statuscode}${seconds}}`;
}

/** Some of them, joined, and now and then spoiled. */
export function several(random: Random, separator: string): Buffer {
  const valid = Buffer.from(Array.from({ length: random.below(4) }, () => written(random)).join(separator));
  return random.chance(0.8) ? mutate(random, valid, PIECES) : valid;
}

/** What becomes of something that was received: all of it is recorded, or all of it is rejected. */
export interface Outcome {
  recorded: number;
  rejected: number;
}

export const ONE_REJECTED: Outcome = { recorded: 0, rejected: 1 };

/** What becomes of candidates. */
export function outcomeOf(candidates: readonly unknown[]): Outcome {
  const { length } = candidates;
  const valid = candidates.every((candidate) => observation.safeParse(candidate).success);
  return valid ? { recorded: length, rejected: 0 } : { recorded: 0, rejected: length };
}

/** The value of a text, as a list unless it is one. Throws if it is not JSON. */
export function listed(text: string): unknown[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value : [value];
}
