// A message's payload → the candidates in it, or why it holds none. Pure.
import type { Reason } from '../recording/observation.js';
import { type Candidates, MEDIA_TYPES, parserFor, textOf } from '../recording/parse-body.js';
import type { ObservationScanner } from '../recording/scanner.js';

/** A payload that is refused as a whole. */
export interface Refused {
  /** What to count, and how often. */
  counts: readonly (readonly [Reason<'broker'>, number])[];
  detail: string;
}

/** @param limit bytes of the largest payload */
export function parsePayload(
  payload: Uint8Array,
  contentType: string | undefined,
  limit: number,
  scanner: ObservationScanner,
): Candidates | Refused {
  const parse = parserFor(contentType ?? 'application/json');
  if (!parse) return refused('unsupported_media_type', `Content-Type has to be ${MEDIA_TYPES.join(' or ')}`);
  if (payload.length > limit) return refused('too_large', `it is larger than ${limit} bytes`);
  const text = textOf(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
  if (text === undefined) return refused('not_json', 'it is not UTF-8');
  const body = parse(text, scanner);
  if (!('broken' in body)) return body;
  const [first] = body.problems;
  return {
    counts: [
      ['not_json', body.broken],
      ['batch_refused', body.others],
    ],
    detail: first?.line === undefined ? `${first?.detail}` : `line ${first.line}: ${first.detail}`,
  };
}

function refused(reason: Reason<'broker'>, detail: string): Refused {
  return { counts: [[reason, 1]], detail };
}
