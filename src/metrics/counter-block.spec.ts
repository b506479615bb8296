import fc from 'fast-check';
import { CounterBlock } from './counter-block.js';

describe('CounterBlock', () => {
  it('shows each count as it is now, however it has moved since it was printed', () => {
    const value = fc.oneof(
      fc.constantFrom(0, 9, 10, 99, 100, 999_999, 2 ** 31, 1e14 - 1, 1e14, 2 ** 53, 1e21, 0.5, NaN, Infinity),
      fc.nat(),
      fc.double({ min: 0 }),
    );
    const moves = fc.array(fc.tuple(fc.nat({ max: 9 }), value), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 6 }), (prints) => {
        const block = new CounterBlock();
        const counts = Array.from({ length: 10 }, () => 0);
        for (const i of counts.keys()) expect(block.add(`\nsome{i="größe ${i}"} `)).toBe(i);
        for (const moved of [[], ...prints]) {
          for (const [i, count] of moved) {
            counts[i] = count;
            block.values[i] = count;
          }
          const lines = counts.map((count, i) => `\nsome{i="größe ${i}"} ${text(count)}`);
          expect(block.print().toString()).toBe(lines.join(''));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('overwrites what has moved, and prints anew when a count gets longer or a series joins', () => {
    const block = new CounterBlock();
    block.add('\none ');
    const bytes = block.print();
    block.values[0] = 9;
    expect(block.print()).toBe(bytes);
    expect(bytes.toString()).toBe('\none 9');
    block.values[0] = 10;
    expect(block.print()).not.toBe(bytes);
    block.add('\nother ');
    expect(block.print().toString()).toBe('\none 10\nother 0');
  });

  it('is full at 128', () => {
    const block = new CounterBlock();
    for (let i = 0; i < 128; i++) {
      expect(block.full).toBe(false);
      block.add(`\n${i} `);
    }
    expect(block.full).toBe(true);
  });
});

/** As prom-client writes it. */
function text(count: number): string {
  if (Number.isNaN(count)) return 'Nan';
  return count === Infinity ? '+Inf' : String(count);
}
