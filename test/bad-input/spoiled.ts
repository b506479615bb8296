import fc from 'fast-check';

/** Valid bytes with up to three places cut out or overwritten, by any bytes or by pieces of the grammar. */
export function spoiled(
  valid: fc.Arbitrary<string | Buffer>,
  pieces: readonly string[],
): fc.Arbitrary<Buffer> {
  const place = fc.record({
    at: fc.nat(65_535),
    cut: fc.oneof({ weight: 9, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.constant(Infinity) }),
    put: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('', ...pieces).map((piece) => Buffer.from(piece, 'latin1')) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
    ),
  });
  return fc.tuple(valid, fc.array(place, { maxLength: 3 })).map(([bytes, places]) =>
    places.reduce((before, { at, cut, put }) => {
      const start = at % (before.length + 1);
      return Buffer.concat([before.subarray(0, start), put, before.subarray(start + cut)]);
    }, Buffer.from(bytes)),
  );
}

/** Mostly one thing, now and then another. */
export function mostly<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });
}
