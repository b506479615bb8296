import { CLOSING_BRACE } from '../../platform/ascii.js';
import { parseJson } from '../../formats/json.js';
import type { Batch } from '../../recording/batch.js';
import type { ObservationScanner } from '../../formats/scanner.js';

/** The candidates of a message, or its fault. */
export type ClientMessage =
  { candidates: readonly unknown[] | Batch } | { fault: 'not_json' | 'unknown_message'; detail: string };

/** The fault of a binary message. */
export const BINARY: ClientMessage = {
  fault: 'unknown_message',
  detail: 'a binary message is not understood',
};

const ENVELOPE = Buffer.from('{"event":"observations","data":');

/** Parses the UTF-8 text `{"event":"observations","data":<object or array>}`. */
export function parseMessage(text: Buffer, scanner: ObservationScanner): ClientMessage {
  const scanned = scanner.read(text);
  if (scanned.skip(ENVELOPE)) {
    const candidates = scanned.all();
    if (candidates && text[scanned.end] === CLOSING_BRACE && scanned.end === text.length - 1)
      return { candidates };
  }
  const { value: message, fault } = parseJson(text);
  if (fault !== undefined) return { fault: 'not_json', detail: fault };
  if (typeof message !== 'object' || message === null || !('event' in message) || !('data' in message)) {
    return { fault: 'unknown_message', detail: 'a message is an object with the keys event and data' };
  }
  if (message.event !== 'observations') {
    return { fault: 'unknown_message', detail: 'the only event that is understood is observations' };
  }
  return { candidates: Array.isArray(message.data) ? message.data : [message.data] };
}
