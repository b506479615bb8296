import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { number, parseExposition } from './exposition.js';

describe('parseExposition', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1', { name: 'up', labels: {}, value: 1 }],
    ['up{a="b"} 1', { name: 'up', labels: { a: 'b' }, value: 1 }],
    ['up{a="b",c="d",} 1', { name: 'up', labels: { a: 'b', c: 'd' }, value: 1 }],
    ['up{ a = "b" , c="" }\t1', { name: 'up', labels: { a: 'b', c: '' }, value: 1 }],
    ['up{a="} 2,"} 1', { name: 'up', labels: { a: '} 2,' }, value: 1 }],
    ['up{a="\\\\\\"\\n"} 1', { name: 'up', labels: { a: '\\"\n' }, value: 1 }],
    ['up 1.5e-07 1700000000000', { name: 'up', labels: {}, value: 1.5e-7 }],
    ['up Nan', { name: 'up', labels: {}, value: NaN }],
    ['up{le="+Inf"} +Inf', { name: 'up', labels: { le: '+Inf' }, value: Infinity }],
  ])('reads %s', (line, sample) => {
    expect(parseExposition(line)).toEqual([{ series: line.replace(/[ \t][^}]*$/, ''), ...sample }]);
  });

  it.each([
    'up',
    'up ',
    'up{a="b" 1',
    'up{a=b} 1',
    'up{a="b"}',
    'up one',
    'up 0x10',
    '{a="b"} 1',
    'up 1 2 3',
  ])('names the line that is not a sample: %s', (line) => {
    expect(() => parseExposition(`# HELP up x\nok 1\n${line}`)).toThrow('line 3: ');
  });

  it('passes over comments, empty lines, and what is not wanted', () => {
    const text = '# HELP a x\n# TYPE a counter\na 1\n\nb{ broken\nc 3\n';
    expect(parseExposition(text, (name) => name !== 'b').map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('reads back whatever is written', () => {
    const key = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/).filter((name) => name !== '__proto__');
    const sample = fc.record({
      name: fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/),
      labels: fc.dictionary(key, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
      value: fc.double(),
    });
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const read = parseExposition(samples.map(written).join('\n'));
        expect(read.map(({ name, labels, value }) => ({ name, labels, value }))).toEqual(samples);
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe('number', () => {
  it.each(['', ' ', '1 ', '1_0', '.', 'e5', 'infinite', '--1'])('is none in %j', (text) => {
    expect(number(text)).toBeUndefined();
  });
});

function written({
  name,
  labels,
  value,
}: {
  name: string;
  labels: Record<string, string>;
  value: number;
}): string {
  const pairs = Object.entries(labels).map(([key, label]) => {
    const escaped = label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${key}="${escaped}"`;
  });
  const text = Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'Inf');
  return `${name}{${pairs.join(',')}} ${text}`;
}
