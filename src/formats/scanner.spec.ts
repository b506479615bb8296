import fc from 'fast-check';
import { candidatesIn, labelsFor } from '../../test/candidates.js';
import { fuzzRuns } from '../../test/fuzz.js';
import { check, type Observation } from '../recording/observation.js';
import { ObservationScanner } from './scanner.js';

const environments = ['testing', 'production', 'prod', 'e0', 'e10', 'größe'];
const labels = labelsFor({ ENVIRONMENTS: environments.join() });
const scanner = new ObservationScanner(labels);
/** The observations at the beginning of a text, and the index after them. */
const read = (text: string) => {
  const scanned = scanner.read(Buffer.from(text));
  const found = scanned.all();
  return { found: found && candidatesIn(found, labels), end: scanned.end };
};
const all = (text: string) => read(text).found;
const lines = (text: string) => {
  const found = scanner.read(Buffer.from(text)).lines();
  return found && candidatesIn(found, labels);
};

/** Without the labels, which are off, and without a duration of null. */
const plain = ({ env, statuscode, seconds }: Observation) =>
  typeof seconds === 'number' ? { env, statuscode, seconds } : { env, statuscode };

const observation = fc.record(
  {
    env: fc.constantFrom(...environments),
    statuscode: fc.integer({ min: 100, max: 599 }),
    seconds: fc.oneof(
      fc.double({ min: 0.000001, max: 864_000, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }).map((seconds) => Math.round(seconds * 1e4) / 1e4),
      fc.integer({ min: 0, max: 864_000 }),
    ),
  },
  { requiredKeys: ['env', 'statuscode'] },
);

/** Some with the labels in the usual order after the rest. */
const withLabels = fc
  .tuple(observation, fc.constantFrom({}, { service: 'a b', method: 'GET', route: '/ü?' }, { route: '' }))
  .map(([value, values]) => Object.assign({}, value, values));

describe('ObservationScanner', () => {
  it('recognises observations as JSON.stringify writes them, also with blanks', () => {
    fc.assert(
      fc.property(observation, fc.constantFrom('', ' ', '   '), (value, blanks) => {
        const written = JSON.stringify(value).replaceAll(/[:,]/g, `$&${blanks}`);
        const expected: unknown = JSON.parse(written);
        if (/e[+-]?\d+\D*$/.test(written)) return; // an exponent is left to JSON.parse
        expect(read(written)).toEqual({ found: [expected], end: Buffer.byteLength(written) });
        expect(all(`[${written},${blanks}${written}]`)).toEqual([expected, expected]);
        expect(lines(`${written}\n${written}`)).toEqual([expected, expected]);
        expect(lines(`${written}\n`)).toEqual([expected]);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('recognises nothing that JSON.parse would read otherwise', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      ' ',
      '"',
      '\\',
      '"env"',
      '"statuscode"',
      '"seconds"',
      '"service"',
      '"route"',
      '"method":null',
      '"x"',
      '"testing"',
      '"prod"',
      '"pro\\u0064"',
      '200',
      '0',
      '01',
      '.5',
      '5.',
      '1e2',
      '-1',
      '-0',
      '\n',
      '\r',
      '\t',
      'null',
      '\u00a0',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
      fc.tuple(withLabels, fc.nat(), fc.nat({ max: 3 }), pieces).map(([value, place, length, piece]) => {
        const written = JSON.stringify(value);
        const at = place % (written.length + 1);
        return written.slice(0, at) + piece + written.slice(at + length);
      }),
    );
    fc.assert(
      fc.property(text, (written) => {
        const { found, end } = read(written);
        if (found && end === Buffer.byteLength(written)) {
          const values = [JSON.parse(written)].flat();
          expect(found).toEqual(values.map(plain));
          for (const value of values) expect(check(value, labels)).toBeUndefined();
        }
        const several = lines(written);
        if (several) {
          expect(several).toEqual(
            written
              .split('\n')
              .flatMap((line): unknown[] => (line.trim() === '' ? [] : [plain(JSON.parse(line))])),
          );
        }
      }),
      { numRuns: fuzzRuns },
    );
  });

  it.each([
    '{"env":"staging","statuscode":200}',
    '{"env":"testing","statuscode":"200"}',
    '{"env":"testing","statuscode":200,"seconds":1,"x":1}',
    '{"env":"testing","env":"testing","statuscode":200}',
    '{"env":"testing","statuscode":200,"seconds":1e400}',
    '{"env":"testing","statuscode":200,"seconds":864000.5}',
    '{"env":"testing","statuscode":200,"seconds":-0}',
    '{"env":"testing","statuscode":0200}',
    '{"env":"testing","statuscode":099}',
    '{"env":"testing","statuscode":99}',
    '{"env":"testing","statuscode":600}',
    '{"env":"testing","statuscode":2000}',
    '{"env":"testing","statuscode":200.0}',
    '{"env":"testing","statuscode":200,"seconds":1' + '0'.repeat(400) + '}',
    '[]',
    '{"env":"testing","statuscode":200,"seconds":00.5}',
    '{"env":"testing","statuscode":200,"seconds":.5}',
    '{"env":"testing","statuscode":200,"seconds":5.}',
    '{"env":"testing","statuscode":200,"seconds":}',
    '{"env":"testing","statuscode":200,"seconds":,"route":"/"}',
    '{"env":"testing","statuscode":200,"route":"/","route":"/"}',
    '{"env":"testing","statuscode":200,"route":"/\t"}',
    '{"env":"testing","statuscode":200,"route":"/',
    '{"env":"testing","statuscode":200',
    '{"env":"testing',
    '{"env":"',
    '',
  ])('leaves %s to JSON.parse', (text) => {
    expect(all(text)).toBeUndefined();
  });

  it('makes room for any number of them, and forgets them when the next text comes', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({
      env: 'prod',
      statuscode: 200 + (i % 300),
      seconds: i,
    }));
    expect(all(JSON.stringify(many))).toEqual(many);
    expect(all(JSON.stringify(many.slice(0, 2)))).toEqual(many.slice(0, 2));
  });

  it('leaves what it found as it is when it reads another text', () => {
    const first = scanner.read(Buffer.from('{"env":"prod","statuscode":201,"seconds":2}')).all();
    expect(
      all('[{"env":"testing","statuscode":503,"seconds":1},{"env":"e0","statuscode":404}]'),
    ).toHaveLength(2);
    expect(first && candidatesIn(first, labels)).toEqual([{ env: 'prod', statuscode: 201, seconds: 2 }]);
  });

  it.each([
    '{"statuscode":200,"env":"testing"}',
    '{"env":"testing","seconds":0.25,"statuscode":200}',
    '{ "seconds" : null , "statuscode":200, "env":\t"testing" }',
    '{"env":"testing","statuscode":200,"seconds":null}',
    '{"route":"/ü","env":"testing","statuscode":200,"service":null,"method":"GET"}',
  ])('reads %s without JSON.parse', (text) => {
    expect(all(text)).toEqual([plain(JSON.parse(text))]);
    expect(lines(`${text}\r\n${text}`)).toHaveLength(2);
  });

  it('finds the values of labels as objects have them, also beyond ASCII', () => {
    const lists = labelsFor({
      SERVICES: 'shop,größe',
      METHODS: 'GET,POST',
      ROUTES: '/cart,/ü/:id,/files/*path',
    });
    const text = fc.record(
      {
        env: fc.constantFrom('testing', 'production'),
        statuscode: fc.constantFrom(200, 503),
        seconds: fc.constantFrom(0.5, 12),
        service: fc.constantFrom('shop', 'größe', 'other', 'nobody', null),
        method: fc.constantFrom('GET', 'get', 'PoSt', 'HEAD', null),
        route: fc.constantFrom(
          '/cart',
          '/cart/?a=1',
          '/ü/12',
          '/ü/:id',
          '/files/a/b',
          '/Cart',
          'https://a.example/cart',
          '',
        ),
      },
      { requiredKeys: ['env', 'statuscode'] },
    );
    fc.assert(
      fc.property(text, fc.constantFrom('', ' '), (candidate, blank) => {
        const written = JSON.stringify(candidate).replaceAll(/(?<=[\d"l][,:]|":)(?=["\dn])/g, blank);
        const found = new ObservationScanner(lists).read(Buffer.from(written)).all();
        const { env, service, method, route } = candidate;
        const group = lists.groupOf(lists.environment(env), service ?? undefined, method ?? undefined, route);
        expect(found?.groups[0]).toBe(group);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it.each([
    '0.1',
    '0.30000000000000004',
    '12345.6789012345678901234567890',
    '0.1234567890123456789',
    '9007.199254740993',
  ])('reads %s as JSON.parse does', (number) => {
    const text = `{"env":"testing","statuscode":200,"seconds":${number}}`;
    expect(all(text)).toEqual([JSON.parse(text)]);
  });
});
