import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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

  it('keeps what was saved last, however many saves overlap, and no other file', async () => {
    const store = new PositionStore(directory);
    await Promise.all(Array.from({ length: 50 }, (_, offset) => store.save(at(offset))));
    expect(await new PositionStore(directory).load()).toEqual(at(49));
    expect(readdirSync(directory)).toEqual(['access-log-positions.json']);
  });

  it('lets nobody but its own user read what it keeps', () => {
    expect(statSync(join(directory, 'access-log-positions.json')).mode & 0o777).toBe(0o600);
  });

  it('saves again after a save has failed', async () => {
    const store = new PositionStore(join(directory, 'later'));
    await expect(store.save(at(1))).rejects.toThrow('ENOENT');
    await expect(store.save(at(1))).rejects.toThrow('ENOENT');
    await expect(store.check()).rejects.toThrow('ENOENT');
  });
});
