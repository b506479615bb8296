import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { Framing, LONGEST_MESSAGE } from './framing.js';

/** The messages of a stream, `too long` for those that are; then whether the framing broke and whether a message was cut off. */
function cut(
  pieces: readonly string[],
  isOrderly = true,
): { messages: string[]; isRight: boolean; isCutOff: boolean } {
  const messages: string[] = [];
  const framing = new Framing((bytes, start, end) =>
    messages.push(bytes?.toString('latin1', start, end) ?? 'too long'),
  );
  const isRight = pieces.every((piece) => framing.push(Buffer.from(piece, 'latin1')));
  return { messages, isRight, isCutOff: framing.end(isOrderly) };
}

const LONG = 'x'.repeat(LONGEST_MESSAGE);

describe('Framing', () => {
  it.each<[string, string[], string[]]>([
    ['lines', ['<1>a\n<2>b\r\n<3>c\0\n'], ['<1>a', '<2>b', '<3>c']],
    ['lines without a priority', ['a\n\n203.0.113.7 - - [\n'], ['a', '', '203.0.113.7 - - [']],
    ['lines in pieces', ['<1', '>', 'a\n<2>b', '\n'], ['<1>a', '<2>b']],
    ['a line that begins as a count does', ['12', '34\n5 <1>\n'], ['1234', '5 <1>']],
    ['a line that ends with the stream', ['<1>a\n<2>b'], ['<1>a', '<2>b']],
    ['nothing but digits', ['12'], ['12']],
    ['counted messages', ['4 <1>a6 <2>b\nc'], ['<1>a', '<2>b\nc']],
    ['counted messages in pieces', ['1', '0', ' <1>abcde', 'fg4', ' <2', '>b'], ['<1>abcdefg', '<2>b']],
    ['counted messages with line breaks behind or in them', ['5 <1>a\n\n4 <2>b\r\n'], ['<1>a', '<2>b']],
    ['the longest line', [LONG, '\n<1>a\n'], [LONG, '<1>a']],
    ['a line that is too long', [LONG, 'x', LONG, '\n<1>a\n'], ['too long', '<1>a']],
    ['a line that is too long, at the end', [LONG, 'x'], ['too long']],
    ['a counted message that is too long', [`65537 <${LONG}`, '4 <1>a'], ['too long', '<1>a']],
  ])('cuts %s', (_what, pieces, messages) => {
    expect(cut(pieces)).toEqual({ messages, isRight: true, isCutOff: false });
  });

  it.each<[string, string, string[], boolean, boolean]>([
    ['no count', '4 <1>a<2>b', ['<1>a'], false, false],
    ['a count of zero', '4 <1>a0 <2>b', ['<1>a'], false, false],
    ['a count of eight digits', '4 <1>a12345678 <2>b', ['<1>a'], false, false],
    ['a count beyond the end', '4 <1>a9 <2>b', ['<1>a'], true, true],
    ['half a count', '4 <1>a1', ['<1>a'], true, true],
  ])('tells of %s', (_what, text, messages, isRight, isCutOff) => {
    expect(cut([text])).toEqual({ messages, isRight, isCutOff });
  });

  it('reports a truncated line', () => {
    expect(cut(['<1>a\n<2>b'], false)).toEqual({ messages: ['<1>a'], isRight: true, isCutOff: true });
  });

  it('finds the same messages, however the bytes are cut', () => {
    const piece = fc.constantFrom('<1>a', '\n', '\r\n', '4 <1>a', '9 <2>', '4', ' ', '0', LONG, '70000 <');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(cut(pieces)).toEqual(cut([pieces.join('')]));
      }),
      { numRuns: Math.min(fuzzRuns, 2_000) },
    );
  });
});
