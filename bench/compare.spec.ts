import { compare } from './compare.js';
import { OURS } from './report/table.js';

const quantity = { name: 'cost', unit: 'ns', better: 'less' } as const;
const context = { rounds: 2, progress: () => {} };

/** A candidate that costs more each time, and notes when it has its turn. */
function candidate(name: string, turns: string[], fails = false) {
  let cost = 0;
  return {
    name,
    prepare: async () => void turns.push(`prepare ${name}`),
    measure: async () => {
      turns.push(name);
      if (fails) throw new Error('out of order\nsince long ago');
      return { cost: { value: ++cost } };
    },
  };
}

describe('candidates', () => {
  it('are prepared, and then take turns', async () => {
    const turns: string[] = [];
    const [table] = await compare(context, [quantity], [candidate(OURS, turns), candidate('peer', turns)]);
    expect(turns).toEqual([`prepare ${OURS}`, 'prepare peer', OURS, 'peer', OURS, 'peer']);
    expect(table?.rows).toEqual([
      expect.objectContaining({ name: OURS, samples: [1, 2], median: 1.5, min: 1, max: 2 }),
      expect.objectContaining({ name: 'peer', samples: [1, 2], ratio: 1 }),
    ]);
  });

  it('that measure themselves have one turn, amid the others', async () => {
    const turns: string[] = [];
    const once = { ...candidate('peer', turns), once: true } as const;
    await compare({ ...context, rounds: 3 }, [quantity], [candidate(OURS, turns), once]);
    expect(turns.slice(2)).toEqual([OURS, OURS, 'peer', OURS]);
  });

  it('that fail are left out, and it is said why', async () => {
    const turns: string[] = [];
    const [table] = await compare(
      context,
      [quantity],
      [candidate(OURS, turns), candidate('peer', turns, true)],
    );
    expect(turns.filter((name) => name === 'peer')).toHaveLength(1);
    expect(table?.rows[1]).toMatchObject({ name: 'peer', samples: [], failure: 'failed: out of order' });
  });

  it.each([
    ['the service', OURS],
    ['a form of it, without peers', '100 series'],
  ])('fail all if they are %s', async (_what, name) => {
    await expect(compare(context, [quantity], [candidate(name, [], true)])).rejects.toThrow('out of order');
  });
});
