import fs, { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Intervals } from '../../test/intervals.js';
import { TemporaryFolder } from '../../test/temporary-folder.js';
import { watchFiles } from './watch-files.js';

describe('watchFiles', () => {
  const folder = new TemporaryFolder();
  const version = (name: string): string => folder.file(name);
  const [first, second] = [version('first'), join(version('data'), 'second')];
  const changed = jest.fn();
  let stop: () => void;
  let intervals: Intervals;

  beforeEach(() => {
    intervals = new Intervals();
    writeFileSync(first, 'one');
    for (const name of ['old', 'new']) {
      mkdirSync(version(name));
      writeFileSync(join(version(name), 'second'), name);
    }
    symlinkSync('old', version('data'));
    stop = watchFiles([first, second], changed);
  });
  afterEach(() => {
    stop();
    intervals[Symbol.dispose]();
    changed.mockClear();
    for (const name of ['first', 'old', 'new', 'data'])
      rmSync(version(name), { recursive: true, force: true });
  });
  afterAll(() => folder[Symbol.dispose]());

  it.each([
    ['is written at once after the call', () => writeFileSync(first, 'two!')],
    ['is deleted', () => rmSync(first)],
    [
      'is replaced by one of the same size',
      () => {
        writeFileSync(version('next'), 'two');
        renameSync(version('next'), first);
      },
    ],
    [
      'stands behind a link that is exchanged',
      () => {
        symlinkSync('new', version('next'));
        renameSync(version('next'), version('data'));
      },
    ],
  ])('tells once that a file %s', async (_what, change) => {
    change();
    await told();
    await rounds(3);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('does not call back without a change, nor after it was stopped', async () => {
    await rounds(3);
    writeFileSync(first, 'two!');
    stop();
    await rounds(3);
    expect(intervals.running).toEqual([]);
    expect(changed).not.toHaveBeenCalled();
  });

  it('does not block the process while a disk hangs', async () => {
    const blocking = jest.spyOn(fs, 'statSync');
    writeFileSync(first, 'two!');
    await told();
    expect(blocking).not.toHaveBeenCalled();
    expect(changed).toHaveBeenCalledTimes(1);
    blocking.mockRestore();
  });

  /** Waits until a change is told. */
  function told(): Promise<unknown> {
    return intervals.until(
      () => changed.mock.calls.length,
      (calls) => calls > 0,
    );
  }

  /** Lets the interval come round so many times, with time for a look in between. */
  function rounds(count: number): Promise<unknown> {
    let round = 0;
    return intervals.until(
      () => round++,
      (seen) => seen === count,
    );
  }
});
