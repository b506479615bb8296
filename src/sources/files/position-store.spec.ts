import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Positions, PositionStore } from './position-store.js';

describe('PositionStore', () => {
  const directory = mkdtempSync(join(tmpdir(), 'positions-'));
  const at = (offset: number): Positions => ({
    '/var/log/a.log': [
      { device: '1', inode: '18446744073709551615', born: '1', truncated: false, offset, before: 'YQo=' },
    ],
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has nothing at first', async () => {
    expect(await new PositionStore(directory).load()).toEqual({});
  });

  it('keeps what was saved last, and no other file, for its own user only', async () => {
    const store = new PositionStore(directory);
    for (const offset of [1, 1, 2]) await store.save(at(offset));
    expect(await new PositionStore(directory).load()).toEqual(at(2));
    expect(readdirSync(directory)).toEqual(['access-log-positions.json']);
    expect(statSync(join(directory, 'access-log-positions.json')).mode & 0o777).toBe(0o600);
  });

  it('saves again what could not be saved before', async () => {
    const later = join(directory, 'later');
    const store = new PositionStore(later);
    await expect(store.check()).rejects.toThrow('ENOENT');
    await expect(store.save(at(1))).rejects.toThrow('ENOENT');
    mkdirSync(later);
    await store.save(at(1));
    expect(await new PositionStore(later).load()).toEqual(at(1));
  });
});
