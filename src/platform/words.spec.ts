import fc from 'fast-check';
import { fuzzRuns } from '../../test/fuzz.js';
import {
  countBefore,
  firstOf,
  hashWith,
  marksOfSegmentEnd,
  marksOfStringEnd,
  placeOf,
  Text,
  threeDigits,
} from './words.js';

const bytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...Buffer.from(' !"#/?[\\]')),
      fc.constant(97),
    ),
  )
  .map((numbers) => Buffer.from(numbers));

/** How many bytes stand before the first that is marked. */
function firstMarked(buffer: Buffer, marks: (word: number) => number): number {
  const text = new Text(buffer);
  for (let at = 0; at < buffer.length; at += 4) {
    const count = countBefore(marks(text.wordAt(at)));
    if (count < 4) return Math.min(at + count, buffer.length);
  }
  return buffer.length;
}

describe('words', () => {
  it.each([
    [
      'the end of a string',
      marksOfStringEnd,
      (byte: number) => byte < 0x20 || byte === 0x22 || byte === 0x5c,
    ],
    ['the end of a segment', marksOfSegmentEnd, (byte: number) => '/?#'.includes(String.fromCharCode(byte))],
  ])('find %s as a loop over bytes does', (_, marks, isEnd) => {
    fc.assert(
      fc.property(bytes, (buffer) => {
        const index = buffer.findIndex(isEnd);
        expect(firstMarked(buffer, marks)).toBe(index < 0 ? buffer.length : index);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('find a byte as a loop over bytes does', () => {
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.nat(20), (buffer, from, length) => {
        const end = Math.min(from + length, buffer.length - 3);
        const index = buffer.indexOf('"', from);
        const place = placeOf(0x22222222, new Text(buffer).view, from, end);
        if (index >= 0 && index < end) expect(place).toBe(index);
        else expect(place).toBeGreaterThanOrEqual(end);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('have a number in three digits', () => {
    for (let number = 0; number < 1000; number++)
      expect(threeDigits(Text.of(String(number).padStart(3, '0')).wordAt(0))).toBe(number);
    fc.assert(
      fc.property(bytes, (buffer) => {
        const isNumber = /^\d{3}/.test(buffer.toString('latin1'));
        expect(threeDigits(new Text(buffer).wordAt(0)) >= 0).toBe(isNumber);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('have a hash that depends on the bytes of a part alone', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (before, part, after) => {
        const text = new Text(Buffer.concat([before, part, after]));
        const hash = text.hash(before.length, before.length + part.length);
        expect(hash).toBe(new Text(part).hash(0, part.length));
        if (part.length < 4) expect(hash).toBe(hashWith(0, firstOf(new Text(part).wordAt(0), part.length)));
      }),
      { numRuns: fuzzRuns },
    );
  });
});
