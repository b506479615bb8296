import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { TemporaryFolder } from '../../../test/temporary-folder.js';
import { type Positions, PositionStore } from './position-store.js';

describe('PositionStore', () => {
  const folder = new TemporaryFolder();
  const at = (offset: number): Positions => ({
    '/var/log/a.log': [
      { device: '1', inode: '18446744073709551615', born: '1', truncated: false, offset, before: 'YQo=' },
    ],
  });
  afterAll(() => folder[Symbol.dispose]());

  it('has nothing at first', async () => {
    expect(await new PositionStore(folder.path).load()).toEqual({});
  });

  it('keeps what was saved last, and no other file, for its own user only', async () => {
    const store = new PositionStore(folder.path);
    for (const offset of [1, 1, 2]) await store.save(at(offset));
    expect(await new PositionStore(folder.path).load()).toEqual(at(2));
    expect(readdirSync(folder.path)).toEqual(['access-log-positions.json']);
    expect(statSync(folder.file('access-log-positions.json')).mode & 0o777).toBe(0o600);
  });

  it('saves again what could not be saved before', async () => {
    const later = folder.file('later');
    const store = new PositionStore(later);
    await expect(store.check()).rejects.toThrow('ENOENT');
    await expect(store.save(at(1))).rejects.toThrow('ENOENT');
    mkdirSync(later);
    await store.save(at(1));
    expect(await new PositionStore(later).load()).toEqual(at(1));
  });
});
