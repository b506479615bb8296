// Messages of /ws/{id} with the outcome that each has to have, whole or in fragments.
import { BINARY, CONTINUATION, frame, TEXT } from '../raw-websocket.js';
import { mutate } from './mutate.js';
import { ONE_REJECTED, type Outcome, outcomeOf, PIECES, several } from './observations.js';
import type { Random } from './random.js';

/** The text of a message, mostly spoiled, but in UTF-8. */
export function messageText(random: Random): Buffer {
  const data = Buffer.concat([Buffer.from('['), several(random, ','), Buffer.from(']')]);
  const text = Buffer.concat([Buffer.from('{"event":"observations","data":'), data, Buffer.from('}')]);
  return Buffer.from((random.chance(0.3) ? mutate(random, text, PIECES) : text).toString());
}

/** What becomes of a message, by JSON.parse and a schema. */
export function outcomeOfMessage(text: Buffer): Outcome {
  let message: unknown;
  try {
    message = JSON.parse(text.toString());
  } catch {
    return ONE_REJECTED;
  }
  if (typeof message !== 'object' || message === null) return ONE_REJECTED;
  if (!('event' in message && 'data' in message) || message.event !== 'observations') return ONE_REJECTED;
  return outcomeOf(Array.isArray(message.data) ? message.data : [message.data]);
}

/** The answer that tells of an outcome, without its reasons. */
export function answerFor({ recorded, rejected }: Outcome): string {
  return rejected > 0 ? 'rejected' : `recorded ${recorded}`;
}

/** A message's frames. */
export interface Message extends Outcome {
  frames: Buffer;
}

export function spoiledMessage(random: Random): Message {
  const text = messageText(random);
  if (random.chance(0.05)) return { frames: frame(BINARY, text), ...ONE_REJECTED };
  if (random.chance(0.8)) return { frames: frame(TEXT, text), ...outcomeOfMessage(text) };
  const at = random.below(text.length + 1);
  const frames = [
    frame(TEXT, text.subarray(0, at), { final: false }),
    frame(CONTINUATION, text.subarray(at)),
  ];
  return { frames: Buffer.concat(frames), ...outcomeOfMessage(text) };
}
