import fc from 'fast-check';
import { above } from './bounds.js';

describe('above', () => {
  it.each([
    [5e6, ['long'], 5_000_001],
    [2.5, ['long', 'integer'], 3],
    [0.035 * 1000, ['short'], 36],
    [40_000, ['short'], Infinity],
    [3e9, ['integer', 'long'], Infinity],
    [0.04, ['float'], Math.fround(0.04) + 2 ** -28],
    [0.1, ['double'], 0.1 + 2 ** -56],
    [0.1, ['float', 'double'], Math.fround(0.1) + 2 ** -27],
  ])('of %d in %j is %d', (bound, types, expected) => {
    expect(above(bound, types)).toBe(expected);
  });

  const bounds = fc
    .double({ min: 1e-9, max: 1e15, noNaN: true })
    .map((bound) => Number(bound.toPrecision(6)));
  it.each([
    ['long', Math.round],
    ['float', Math.fround],
    ['double', Number],
  ])('splits the values of a %s where Prometheus does', (type, stored) => {
    fc.assert(
      fc.property(bounds, fc.constantFrom(0.5, 1 - 1e-9, 1, 1 + 1e-9, 2), (bound, factor) => {
        const value = stored(bound * factor);
        const isIn = type === 'long' ? value <= bound : value <= stored(bound);
        expect(value < above(bound, [type])).toBe(isIn);
      }),
    );
  });
});
