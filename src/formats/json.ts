import {
  BACKSLASH,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
} from '../platform/ascii.js';

/** Most levels of nested arrays and objects. The observations of a message need three. */
const MOST_NESTED = 32;

/** Parses any JSON in UTF-8 into its value or an error message. */
export function parseJson(text: Buffer): { value?: unknown; fault?: string } {
  if (isNestedDeeper(text, MOST_NESTED)) return { fault: `JSON is nested deeper than ${MOST_NESTED} levels` };
  try {
    return { value: JSON.parse(text.toString()) };
  } catch (error) {
    return { fault: error instanceof SyntaxError ? error.message : String(error) };
  }
}

/** Whether JSON is nested deeper than this number of levels. For other text, the result means nothing. */
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
