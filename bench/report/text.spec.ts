import { OURS, rowOf, tableOf } from './table.js';
import { numberText, textOf } from './text.js';

const rate = { name: 'requests/s', unit: 'requests/s', better: 'more' } as const;
const cost = { name: 'one render', unit: 'µs', better: 'less' } as const;

describe('a table', () => {
  it('compares each candidate with the service', () => {
    const rows = [
      rowOf(OURS, [{ value: 20_000 }, { value: 30_000 }, { value: 25_000 }]),
      rowOf('another', [{ value: 10_000 }, { value: 10_000 }, { value: 10_000 }]),
    ];
    expect(tableOf(rate, rows).rows.map(({ ratio }) => ratio)).toEqual([undefined, 2.5]);
    expect(tableOf(cost, rows).rows.map(({ ratio }) => ratio)).toEqual([undefined, 0.4]);
  });

  it('is printed in columns, without those that are empty', () => {
    const rows = [
      rowOf(OURS, [{ value: 12.5 }, { value: 10 }]),
      rowOf('another', [{ value: 100 }, { value: 125 }]),
    ];
    expect(textOf(tableOf(cost, rows))).toBe(
      [
        '  one render, µs      median     min–max   service-collector is',
        '  service-collector     11.3   10.0–12.5',
        '  another                113     100–125                  10.0×',
        '',
      ].join('\n'),
    );
  });

  it('marks what the load limited, and what follows for the comparison', () => {
    const rows = [
      rowOf(OURS, [{ value: 1000, busy: 0.99 }]),
      rowOf('faster than the load', [{ value: 2000, busy: 0.4 }]),
    ];
    expect(textOf(tableOf(rate, rows))).toBe(
      [
        '  requests/s              median   service-collector is    CPU   per CPU second',
        '  service-collector        1,000                          99 %            1,010',
        '  faster than the load   ≥ 2,000               ≤ 0.500×   40 %            5,000',
        '',
      ].join('\n'),
    );
  });

  it('says why a candidate has no values', () => {
    const rows = [rowOf(OURS, [{ value: 1 }]), rowOf('another', [], 'answers 404')];
    expect(textOf(tableOf(rate, rows))).toContain('another                  –   answers 404');
  });
});

it.each([
  [NaN, '–'],
  [0, '0'],
  [0.0123, '0.012'],
  [1.234, '1.23'],
  [12.34, '12.3'],
  [123.4, '123'],
  [1_234_567, '1,234,567'],
])('%d is written %s', (value, expected) => {
  expect(numberText(value)).toBe(expected);
});
