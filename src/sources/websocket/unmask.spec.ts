import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { mask, unmask } from './unmask.js';

const bytes = fc.uint8Array({ maxLength: 100 }).map((numbers) => Buffer.from(numbers));
const keys = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((numbers) => Buffer.from(numbers));

describe('unmask', () => {
  it('combines each byte with one of the key, and leaves those around the data alone', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, keys, (before, data, after, key) => {
        const expected = Buffer.from(data.map((byte, at) => byte ^ (key[at % 4] ?? 0)));
        const whole = Buffer.concat([before, data, after]);
        const part = whole.subarray(before.length, before.length + data.length);
        unmask(part, key);
        expect(whole).toEqual(Buffer.concat([before, expected, after]));
        mask(expected, key, whole, before.length, data.length);
        expect(whole).toEqual(Buffer.concat([before, data, after]));
      }),
      { numRuns: fuzzRuns },
    );
  });
});
