import { parsePositions } from './positions.js';

const position = {
  device: '1',
  inode: '18446744073709551615',
  born: '1',
  truncated: false,
  offset: 2,
  before: 'YQo=',
};

describe('parsePositions', () => {
  it('reads what is saved', () => {
    const saved = { time: 1_795_355_736_724, paths: { '/var/log/a.log': [{ ...position, finished: true }] } };
    expect(parsePositions(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  });

  it('reads what earlier versions saved, without a time', () => {
    const saved = { version: 1, paths: { '/var/log/a.log': [position] } };
    expect(parsePositions(saved)).toEqual({ time: expect.any(Number), paths: saved.paths });
  });

  it.each([undefined, null, {}, { paths: { a: [{}] } }, { paths: { a: [{ ...position, offset: -1 }] } }])(
    'throws at %j',
    (state) => {
      expect(() => parsePositions(state)).toThrow();
    },
  );
});
