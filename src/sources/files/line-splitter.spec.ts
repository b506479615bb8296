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
  ])('cuts %s', (_what, pieces, expected) => {
    expect(split(pieces).lines).toEqual(expected);
  });

  it('keeps an unfinished line back, until it is told that no more will come', () => {
    const { lines, splitter } = split(['a\nbc']);
    splitter.flush();
    splitter.flush();
    expect(lines).toEqual(['a', 'bc']);
  });

  it('passes over a line that is too long, and tells so once, when it ends', () => {
    const { lines, splitter } = split(['a\n', 'x'.repeat(800), 'x'.repeat(800)]);
    expect(lines).toEqual(['a']);
    splitter.push(Buffer.from('x\nb\n'));
    expect(lines).toEqual(['a', undefined, 'b']);
  });

  it('takes a line of the longest length', () => {
    expect(split(['x'.repeat(1000), '\n', 'x'.repeat(1001), '\n']).lines).toEqual([
      'x'.repeat(1000),
      undefined,
    ]);
  });

  it('cuts the same lines, whatever the pieces', () => {
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
