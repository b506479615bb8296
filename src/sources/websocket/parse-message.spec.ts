import fc from 'fast-check';
import { candidatesIn, labelsFor } from '../../../test/candidates.js';
import { fuzzRuns } from '../../../test/fuzz.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { parseMessage } from './parse-message.js';

const labels = labelsFor({});
const scanner = new ObservationScanner(labels);
const parse = (text: string) => {
  const message = parseMessage(Buffer.from(text), scanner);
  return 'fault' in message ? message : { candidates: candidatesIn(message.candidates, labels) };
};
const observation = { env: 'production', statuscode: 503, seconds: 0.212 };

describe('parseMessage', () => {
  it('finds the candidates of a message', () => {
    expect(parse('{"event":"observations","data":{"a":1}}')).toEqual({ candidates: [{ a: 1 }] });
    expect(parse('{"event":"observations","data":[1,2]}')).toEqual({ candidates: [1, 2] });
    expect(parse('{"event":"observations","data":null}')).toEqual({ candidates: [null] });
    for (const data of [observation, [observation, observation]]) {
      const candidates = [data].flat();
      expect(parse(JSON.stringify({ event: 'observations', data }))).toEqual({ candidates });
      expect(parse(JSON.stringify({ event: 'observations', data }, null, 1))).toEqual({ candidates });
      expect(parse(JSON.stringify({ event: 'observations', data, id: 1 }))).toEqual({ candidates });
    }
  });

  it.each([
    ['', 'not_json'],
    ['hello', 'not_json'],
    ['1', 'unknown_message'],
    ['null', 'unknown_message'],
    ['[]', 'unknown_message'],
    ['{"event":"observations"}', 'unknown_message'],
    ['{"data":[]}', 'unknown_message'],
    ['{"event":"subscribe","data":[]}', 'unknown_message'],
    ['{"event":["observations"],"data":[]}', 'unknown_message'],
  ])('says of %j that it is %s', (text, fault) => {
    expect(parse(text)).toEqual({ fault, detail: expect.any(String) });
  });

  it('throws for no text, and makes candidates of nothing else than data', () => {
    const message = fc.record(
      { event: fc.oneof(fc.constant('observations'), fc.jsonValue()), data: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      message.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.constant(JSON.stringify({ event: 'observations', data: [observation] })),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (frame) => {
        const parsed = parse(frame);
        if ('fault' in parsed) return;
        const { data }: { data: unknown } = JSON.parse(frame);
        expect(parsed.candidates).toEqual(Array.isArray(data) ? data : [data]);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
