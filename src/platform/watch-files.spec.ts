import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TemporaryFolder } from '../../test/temporary-folder.js';
import { watchFiles } from './watch-files.js';

describe('watchFiles', () => {
  const folder = new TemporaryFolder();
  const version = (name: string): string => folder.file(name);
  const [first, second] = [version('first'), join(version('data'), 'second')];
  const changed = jest.fn();
  let stop: () => void;

  beforeEach(() => {
    jest.useFakeTimers();
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
    jest.useRealTimers();
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
  ])('tells once that a file %s', (_what, change) => {
    change();
    jest.advanceTimersByTime(5_000);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('tells nothing while nothing changes, nor after it was ended', () => {
    jest.advanceTimersByTime(5_000);
    stop();
    writeFileSync(first, 'two!');
    jest.advanceTimersByTime(5_000);
    expect(changed).not.toHaveBeenCalled();
  });
});
