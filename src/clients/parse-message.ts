/** A message that carries observations, or why it is not one. */
export type Message =
  { candidates: readonly unknown[] } | { fault: 'not_json' | 'unknown_message'; detail: string };

/** Reads `{"event":"observations","data":<object or array>}`; a binary message has no text. */
export function parseMessage(text: string | undefined): Message {
  if (text === undefined) return { fault: 'unknown_message', detail: 'a binary message is not understood' };
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    return { fault: 'not_json', detail: error instanceof SyntaxError ? error.message : String(error) };
  }
  if (typeof message !== 'object' || message === null || !('event' in message) || !('data' in message)) {
    return { fault: 'unknown_message', detail: 'a message is an object with the keys event and data' };
  }
  if (message.event !== 'observations') {
    return { fault: 'unknown_message', detail: 'the only event that is understood is observations' };
  }
  return { candidates: Array.isArray(message.data) ? message.data : [message.data] };
}
