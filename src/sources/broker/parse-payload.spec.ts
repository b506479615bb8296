import fc from 'fast-check';
import { labelsFor } from '../../../test/candidates.js';
import { fuzzRuns } from '../../../test/fuzz.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { parsePayload } from './parse-payload.js';

const scanner = new ObservationScanner(labelsFor({}));
const parse = (payload: string | Uint8Array, contentType?: string) =>
  parsePayload(Buffer.from(payload), contentType, { BODY_LIMIT_BYTES: 100, MAX_OBSERVATIONS: 3 }, scanner);
const NDJSON = 'application/x-ndjson';

describe('parsePayload', () => {
  it.each([
    ['{"a":1}', undefined, [{ a: 1 }]],
    ['[1,2]', 'application/json', [1, 2]],
    ['1\n2\n', NDJSON, [1, 2]],
    [' '.repeat(99) + '1', undefined, [1]],
  ])('finds the candidates of %j as %s', (payload, contentType, candidates) => {
    expect(parse(payload, contentType)).toMatchObject({ candidates });
  });

  it.each([
    [
      '[1',
      undefined,
      [
        ['not_json', 1],
        ['batch_refused', 0],
      ],
      /JSON/,
    ],
    [
      '1\n{\n2',
      NDJSON,
      [
        ['not_json', 1],
        ['batch_refused', 2],
      ],
      /^line 2: /,
    ],
    [Uint8Array.of(0xff), undefined, [['not_json', 1]], /not UTF-8/],
    [
      '{}',
      'text/xml',
      [['unsupported_media_type', 1]],
      /^Content-Type must be application\/json .* it was "text\/xml"$/,
    ],
    ['[1,2,3,4]', undefined, [['too_many', 4]], /^it holds more than 3 observations$/],
    [' '.repeat(101), undefined, [['too_large', 1]], /^it is larger than 100 bytes$/],
  ])('refuses %j as %s', (payload, contentType, counts, detail) => {
    expect(parse(payload, contentType)).toEqual({ counts, detail: expect.stringMatching(detail) });
  });

  it('finds candidates in any bytes, or a count of what is refused', () => {
    const payload = fc.oneof(fc.uint8Array(), fc.json(), fc.string());
    fc.assert(
      fc.property(payload, fc.constantFrom(undefined, NDJSON, 'text/plain'), (bytes, contentType) => {
        const parsed = parse(bytes, contentType);
        if ('candidates' in parsed) return true;
        return parsed.counts.reduce((total, [, count]) => total + count, 0) > 0;
      }),
      { numRuns: fuzzRuns },
    );
  });
});
