// The payload of a message → its candidates, or why it has none. Pure.
import type { Reason } from '../../recording/observation.js';
import { type Candidates, parserFor, textOf, unsupported } from '../../formats/parse-body.js';
import type { ObservationScanner } from '../../formats/scanner.js';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import type { ServerSettings } from '../../server/server.settings.js';

/** A payload that is refused as a whole. */
export interface RefusedPayload {
  /** Reasons to count, and how often. */
  counts: readonly (readonly [Reason<'broker'>, number])[];
  detail: string;
}

export function parsePayload(
  payload: Uint8Array,
  contentType: string | undefined,
  {
    BODY_LIMIT_BYTES,
    MAX_OBSERVATIONS,
  }: Pick<RecordingSettings & ServerSettings, 'BODY_LIMIT_BYTES' | 'MAX_OBSERVATIONS'>,
  scanner: ObservationScanner,
): Candidates | RefusedPayload {
  const parse = parserFor(contentType ?? 'application/json');
  if (!parse) return refused('unsupported_media_type', unsupported(contentType ?? ''));
  if (payload.length > BODY_LIMIT_BYTES)
    return refused('too_large', `it is larger than ${BODY_LIMIT_BYTES} bytes`);
  const text = textOf(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
  if (text === undefined) return refused('not_json', 'it is not UTF-8');
  const body = parse(text, scanner);
  if (!('broken' in body)) {
    const { length } = body.candidates;
    return length > MAX_OBSERVATIONS
      ? refused('too_many', `it holds more than ${MAX_OBSERVATIONS} observations`, length)
      : body;
  }
  const [first] = body.problems;
  return {
    counts: [
      ['not_json', body.broken],
      ['batch_refused', body.others],
    ],
    detail:
      first?.line === undefined
        ? `${first?.detail}${body.hint ?? ''}`
        : `line ${first.line}: ${first.detail}`,
  };
}

function refused(reason: Reason<'broker'>, detail: string, count = 1): RefusedPayload {
  return { counts: [[reason, count]], detail };
}
