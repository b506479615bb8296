import fc from 'fast-check';
import { candidatesIn, labelsFor } from '../../test/candidates.js';
import { fuzzRuns } from '../../test/fuzz.js';
import { type Parse, parseJsonBody, parseNdjsonBody, parserFor, textOf } from './parse-body.js';
import { ObservationScanner } from './scanner.js';

const labels = labelsFor({});
const scanner = new ObservationScanner(labels);
const parsed = (parse: Parse, text: string) => {
  const body = parse(Buffer.from(text), scanner);
  return 'broken' in body ? body : { ...body, candidates: candidatesIn(body.candidates, labels) };
};
const parseJson = (text: string) => parsed(parseJsonBody, text);
const parseNdjson = (text: string) => parsed(parseNdjsonBody, text);
const observation = { env: 'testing', statuscode: 200, seconds: 0.25 };
const written = JSON.stringify(observation);

describe('parseJsonBody', () => {
  it.each([
    ['{"a":1}', [{ a: 1 }]],
    ['[1,2]', [1, 2]],
    ['[]', []],
    ['[[]]', [[]]],
    [' null ', [null]],
    [written, [observation]],
    [`[${written}, ${written}]`, [observation, observation]],
    [`[${written},{"a":1}]`, [observation, { a: 1 }]],
    [` [${written} ] `, [observation]],
  ])('finds the candidates of %s', (text, candidates) => {
    expect(parseJson(text)).toEqual({ candidates });
  });

  it.each(['', ' ', '{', '{"a":1}{"a":2}', '[1,]', 'NaN', "{'a':1}", `${written}1`, `[${written}`])(
    'rejects %j, which is not JSON',
    (text) => {
      const problems = [{ detail: expect.any(String) }];
      expect(parseJson(text)).toEqual({ problems, hint: '', broken: 1, others: 0 });
    },
  );
});

describe('parseNdjsonBody', () => {
  it.each([
    ['\n \r\n', [], []],
    ['1\n2', [1, 2], [1, 2]],
    ['1\r\n\r\n{"a":"\\n"}\r\n', [1, { a: '\n' }], [1, 3]],
    ['[1,2]\n', [[1, 2]], [1]],
    [
      `${written}\n${written}\r\n\n ${written} \n${written}`,
      Array.from({ length: 4 }, () => observation),
      [1, 2, 4, 5],
    ],
  ])('finds the candidates of %j and their lines', (text, candidates, lines) => {
    expect(parseNdjson(text)).toEqual({ candidates, lines });
  });

  it.each([
    ['', []],
    [written, [observation]],
    [`${written}\n${written}\n`, [observation, observation]],
  ])('finds the observations of %j, without line numbers', (text, candidates) => {
    expect(parseNdjson(text)).toEqual({ candidates });
  });

  it('names up to ten lines that are not JSON, and examines no more', () => {
    expect(parseNdjson('1\n{\n2\n')).toEqual({
      problems: [{ line: 2, detail: expect.any(String) }],
      broken: 1,
      others: 2,
    });
    const many = parseNdjson('{\n'.repeat(50));
    expect(many).toMatchObject({ broken: 10, others: 40 });
    expect('problems' in many && many.problems.map(({ line }) => line)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
  });
});

describe('parserFor', () => {
  it.each([
    ['application/json', parseJsonBody],
    ['application/x-ndjson', parseNdjsonBody],
    ['Application/JSON; charset="UTF-8"', parseJsonBody],
    ['application/json;charset=utf8', parseJsonBody],
    ["application/json ; Charset = 'US-ASCII'", parseJsonBody],
    ['application/json; profile=a; charset=Utf-8; q=1', parseJsonBody],
    ['application/vnd.api+json', parseJsonBody],
    ['Application/CloudEvents-Batch+JSON; charset=UTF-8', parseJsonBody],
    ['application/ndjson', parseNdjsonBody],
    ['application/jsonl; charset=utf-8', parseNdjsonBody],
    ['application/X-JSONLines', parseNdjsonBody],
    ['application/+json', undefined],
    ['application/a b+json', undefined],
    ['text/a+json', undefined],
    ['application/json+xml', undefined],
    ['application/json; charset=utf-16', undefined],
    ['text/plain', undefined],
    ['', undefined],
  ])('reads %j', (contentType, parser) => {
    expect(parserFor(contentType)).toBe(parser);
  });
});

it.each([
  [`\n ${written}\n${written}`, '; lines of JSON need the Content-Type application/x-ndjson'],
  [`${written}\n{`, '; lines of JSON need the Content-Type application/x-ndjson'],
  ['{\n"a":1\n', ''],
  ['\n', ''],
])('gives for %j, which is not JSON, the hint %j', (text, hint) => {
  expect(parseJson(text)).toMatchObject({ broken: 1, hint });
});

describe('textOf', () => {
  it.each([
    ['', ''],
    ['{}', '{}'],
    ['\ufeff{}', '{}'],
  ])('finds in %j the text %j', (body, text) => {
    expect(textOf(Buffer.from(body))?.toString()).toBe(text);
  });

  it.each([[[0xff]], [[0xc0, 0xaf]], [[0x7b, 0xed, 0xa0, 0x80]]])('finds no text in %j', (bytes) => {
    expect(textOf(Buffer.from(bytes))).toBeUndefined();
  });
});

describe('both', () => {
  const valid = fc.oneof(fc.json(), fc.constant(written));
  const rubbish = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('{', '[', '"', '\\u', '1e', '-'),
  );

  it('find in NDJSON every line that is JSON and every one that is not', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(valid, rubbish), { maxLength: 8 }), (pieces) => {
        const lines = pieces.join('\n').split('\n');
        const filled = lines.filter((line) => line.trim() !== '');
        const body = parseNdjson(lines.join('\n'));
        const count = 'broken' in body ? body.broken + body.others : body.candidates.length;
        expect(count).toBe(filled.length);
        const broken = filled.filter((line) => 'broken' in parseJson(line)).length;
        expect('broken' in body ? body.broken : 0).toBe(Math.min(10, broken));
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('hand on what JSON means', () => {
    fc.assert(
      fc.property(valid, (text) => {
        const value: unknown = JSON.parse(text);
        expect(parseJson(text)).toEqual({ candidates: Array.isArray(value) ? value : [value] });
        expect(parseNdjson(text)).toMatchObject({ candidates: [value] });
      }),
      { numRuns: fuzzRuns },
    );
  });
});
