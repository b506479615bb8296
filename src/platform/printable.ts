/**
 * Quotes untrusted text, so that it cannot break out of its log line: control characters, line separators, and
 * invisible or direction-changing characters are shown as escapes.
 */
export function printable(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u{2800}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
