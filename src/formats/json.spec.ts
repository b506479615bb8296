import fc from 'fast-check';
import { fuzzRuns } from '../../test/fuzz.js';
import { isNestedDeeper, parseJson } from './json.js';

/** How deep arrays and objects stand in one another. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('isNestedDeeper', () => {
  it.each([
    ['', 0],
    ['1', 0],
    ['"[[[["', 0],
    ['"\\"[["', 0],
    ['"\\\\"', 0],
    ['[]', 1],
    ['[[],[],[]]', 2],
    ['{"a":{"b":[]}}', 3],
  ])('%s has %i levels', (text, levels) => {
    expect(isNestedDeeper(Buffer.from(text), levels)).toBe(false);
    if (levels > 0) expect(isNestedDeeper(Buffer.from(text), levels - 1)).toBe(true);
  });

  it('says of any JSON how deep it is', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.nat(7),
        fc.constantFrom(0, 1),
        (value, levels, indent) => {
          const text = Buffer.from(JSON.stringify(value, null, indent));
          expect(isNestedDeeper(text, levels)).toBe(depthOf(value) > levels);
        },
      ),
      { numRuns: fuzzRuns },
    );
  });
});

describe('parseJson', () => {
  it('reads any JSON', () => {
    expect(parseJson(Buffer.from(' {"a":[1]}\n'))).toEqual({ value: { a: [1] } });
  });

  it.each([
    ['{', "Expected property name or '}' in JSON at position 1"],
    ['['.repeat(33), 'JSON is nested deeper than 32 levels'],
  ])('names the problem of %s', (text, fault) => {
    expect(parseJson(Buffer.from(text)).fault).toContain(fault);
  });
});
