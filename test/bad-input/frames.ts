// Messages over WebSockets, and other frames, with and without sense.
import fc from 'fast-check';
import { BINARY, close, CLOSE, CONTINUATION, frame, TEXT } from '../raw-websocket.js';
import { messageText, observation, ONE_REJECTED, type Outcome, outcomeOfMessage } from './payloads.js';
import { mostly } from './spoiled.js';

/** A message as it is sent, with what has to become of it. */
export interface Message {
  bytes: Buffer;
  outcome: Outcome;
}

const whole = messageText.map((text): Message => ({
  bytes: frame(TEXT, text),
  outcome: outcomeOfMessage(text),
}));
const binary = messageText.map((text): Message => ({ bytes: frame(BINARY, text), outcome: ONE_REJECTED }));
const inTwo = fc.tuple(messageText, fc.nat(200)).map(([text, at]): Message => {
  const [first, second] = [Buffer.from(text).subarray(0, at), Buffer.from(text).subarray(at)];
  const bytes = Buffer.concat([frame(TEXT, first, { final: false }), frame(CONTINUATION, second)]);
  return { bytes, outcome: outcomeOfMessage(text) };
});

export const message = mostly(mostly(whole, inTwo), binary);

const good = observation.map((data) => frame(TEXT, `{"event":"observations","data":${data}}`));
const goodbye = fc.oneof(
  fc.constantFrom(999, 1000, 1005, 3000, 5000).map((code) => close(code)),
  fc.constantFrom('', 'a').map((payload) => frame(CLOSE, payload)),
);
const any = fc
  .record({
    opcode: fc.nat(15).filter((opcode) => opcode !== CLOSE),
    payload: fc.uint8Array({ maxLength: 130 }),
    final: mostly(fc.constant(true), fc.constant(false)),
    reserved: mostly(fc.constant(0), fc.nat(7)),
    masked: mostly(fc.constant(true), fc.constant(false)),
    lengthBits: fc.constantFrom<16 | 64>(16, 64),
  })
  .map(({ opcode, payload, ...options }) => frame(opcode, Buffer.from(payload), options));

/**
 * Frames of one connection, and rubbish behind them. A message in them carries one observation at most, and no close of
 * the client has a code with which the service closes, so that the answers tell what was counted.
 */
export const frames = fc
  .tuple(fc.array(mostly(fc.oneof(good, any), goodbye), { maxLength: 6 }), fc.uint8Array())
  .map((pieces) => Buffer.concat(pieces.flat()));
