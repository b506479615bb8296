import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { LineSplitter } from './line-splitter.js';

function split(
  pieces: readonly string[],
  longest = 1000,
): { lines: (string | undefined)[]; splitter: LineSplitter } {
  const lines: (string | undefined)[] = [];
  const splitter = new LineSplitter(longest, {
    line: (bytes, start, end) => lines.push(bytes?.toString('latin1', start, end)),
    flush() {},
  });
  for (const piece of pieces) splitter.push(Buffer.from(piece));
  return { lines, splitter };
}

describe('LineSplitter', () => {
  it.each([
    ['lines', ['a\nb\n'], ['a', 'b']],
    ['a line in pieces', ['a', 'b', 'c\nd'], ['abc']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['CRLF', ['a\r\nb\r\n'], ['a', 'b']],
    ['CRLF in two pieces', ['a\r', '\nb\n'], ['a', 'b']],
    ['a lone CR', ['a\rb\n'], ['a\rb']],
    ['a line behind a hole', ['a\n\0\0', '\0\0b\0\n'], ['a', 'b\0']],
  ])('splits %s', (_what, pieces, expected) => {
    expect(split(pieces).lines).toEqual(expected);
  });

  it('holds back an unfinished line until it is flushed', () => {
    const { lines, splitter } = split(['a\nbc']);
    splitter.flush();
    splitter.flush();
    expect(lines).toEqual(['a', 'bc']);
  });

  it('skips a line that is too long, and reports it once, at its end', () => {
    const { lines, splitter } = split(['a\n', 'x'.repeat(800), 'x'.repeat(800)]);
    expect(lines).toEqual(['a']);
    splitter.push(Buffer.from('x\nb\n'));
    expect(lines).toEqual(['a', undefined, 'b']);
  });

  it('accepts a line of the maximum length', () => {
    expect(split(['x'.repeat(1000), '\n', 'x'.repeat(1001), '\n']).lines).toEqual([
      'x'.repeat(1000),
      undefined,
    ]);
  });

  it('finds the same lines, however the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r', ''), { maxLength: 60 });
    fc.assert(
      fc.property(text, (pieces) => {
        const whole = pieces.join('');
        const { lines, splitter } = split(pieces, 20);
        splitter.flush();
        const expected = whole
          .split('\n')
          .map((line) => (line.length > 20 ? undefined : line.replace(/\r$/, '')));
        if (whole.endsWith('\n') || whole === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
