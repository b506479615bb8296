import {
  BACKSLASH,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
} from '../platform/ascii.js';

/** Arrays and objects that may stand in one another. The observations of a message need three. */
const MOST_NESTED = 32;

/** Reads any JSON, in UTF-8, into its value or into a sentence about what is wrong with it. */
export function parseJson(text: Buffer): { value?: unknown; fault?: string } {
  if (isNestedDeeper(text, MOST_NESTED)) return { fault: `JSON is nested deeper than ${MOST_NESTED} levels` };
  try {
    return { value: JSON.parse(text.toString()) };
  } catch (error) {
    return { fault: error instanceof SyntaxError ? error.message : String(error) };
  }
}

/** Whether JSON is nested deeper than so many levels; of what is not JSON, it may say either. */
export function isNestedDeeper(text: Buffer, levels: number): boolean {
  let level = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) {
      if (byte === BACKSLASH) i++;
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      if (++level > levels) return true;
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) level--;
  }
  return false;
}
