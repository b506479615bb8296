import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { TemporaryFolder } from '../../../test/temporary-folder.js';
import { LogFile } from './log-file.js';
import { Tail, type TailOptions } from './tail.js';

describe('Tail', () => {
  let folder: TemporaryFolder;
  let path: string;
  let lines: (string | undefined)[];
  let logged: string[];
  let clock: number;
  const tails: Tail[] = [];

  beforeEach(() => {
    folder = new TemporaryFolder();
    path = folder.file('access.log');
    lines = [];
    logged = [];
    clock = 0;
  });
  afterEach(async () => {
    for (const tail of tails.splice(0)) {
      await tail.stop();
      await tail.close();
    }
    folder[Symbol.dispose]();
  });

  function follow(options: Partial<TailOptions> = {}): Tail {
    const tail = new Tail({
      path,
      start: 'end',
      sink: () => ({
        line: (bytes, begin, end) => lines.push(bytes?.toString('latin1', begin, end)),
        flush() {},
        lookBehind: () => 0,
      }),
      logger: { log: (message) => logged.push(message), warn: (message) => logged.push(`warn ${message}`) },
      now: () => clock,
      ...options,
    });
    tails.push(tail);
    return tail;
  }

  /** The lines, where it does not matter which file is read first. */
  const sorted = (): unknown[] => lines.toSorted((one, other) => String(one).localeCompare(String(other)));

  /** Lets the file at the path be finished, if it was moved away. */
  async function waitUntilFinished(tail: Tail): Promise<void> {
    clock += 60_000;
    await tail.poll();
  }

  it('reads lines as they come', async () => {
    await writeFile(path, '');
    const tail = follow();
    await tail.poll();
    await appendFile(path, 'a\nb\n');
    await tail.poll();
    await tail.poll();
    await appendFile(path, 'c\r\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('starts at the end of an existing file, or at its beginning', async () => {
    await writeFile(path, 'old\n');
    await follow().poll();
    expect(lines).toEqual([]);
    await follow({ start: 'beginning' }).poll();
    expect(lines).toEqual(['old']);
  });

  it('counts the line that is being written when it begins, once it is complete', async () => {
    await writeFile(path, `old\n${'x'.repeat(100_000)}`);
    const tail = follow();
    await tail.poll();
    expect(lines).toEqual([]);
    await appendFile(path, 'end\nnew\n');
    await tail.poll();
    expect(lines.map((line) => line?.length)).toEqual([100_003, 3]);
  });

  it('waits for a line break, however long the line takes', async () => {
    await writeFile(path, 'a');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await appendFile(path, 'b');
    await waitUntilFinished(tail);
    expect(lines).toEqual([]);
    await appendFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['abc']);
  });

  it('reads a file that appears later from its beginning, and says so once', async () => {
    const tail = follow();
    await tail.poll();
    await tail.poll();
    await writeFile(path, 'a\n');
    await tail.poll();
    expect(lines).toEqual(['a']);
    expect(logged).toEqual([
      `warn ${path}: no such file yet; when it appears, it is read from its beginning`,
      `${path}: reading again`,
    ]);
  });

  it('continues with the new file after rotation by rename, and reads later lines of the old one', async () => {
    await writeFile(path, '');
    const tail = follow();
    await tail.poll();
    await appendFile(path, 'a\n');
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, 'b\n');
    await tail.poll();
    await writeFile(path, 'c\n');
    await tail.poll();
    await appendFile(`${path}.1`, 'd\n');
    await appendFile(path, 'e\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('counts a last line without a line break when a rotated file is finished', async () => {
    await writeFile(path, 'a\nb');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await rename(path, `${path}.1`);
    await writeFile(path, '');
    await tail.poll();
    expect(lines).toEqual(['a']);
    await waitUntilFinished(tail);
    expect(lines).toEqual(['a', 'b']);
  });

  it('reads files that came and were rotated away between two polls', async () => {
    await writeFile(path, 'a\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    for (const [i, line] of ['b', 'c', 'd'].entries()) {
      for (let n = i + 1; n > 0; n--) await rename(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`);
      await writeFile(path, `${line}\n`);
    }
    await tail.poll();
    expect(sorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not treat an older rotated file as missed, whatever its number', async () => {
    await writeFile(`${path}.1`, 'older\n');
    const { birthtimeNs } = await stat(`${path}.1`, { bigint: true });
    do {
      await rm(path, { force: true });
      await writeFile(path, 'a\n');
    } while ((await stat(path, { bigint: true })).birthtimeNs === birthtimeNs);
    const tail = follow();
    await tail.poll();
    await rename(path, `${path}.2`);
    await writeFile(path, 'b\n');
    await tail.poll();
    expect(lines).toEqual(['b']);
  });

  it('counts lines written between its start and its first poll', async () => {
    await writeFile(path, 'old\n');
    const tail = follow();
    await tail.begin();
    await appendFile(path, 'new\n');
    await tail.poll();
    expect(lines).toEqual(['new']);
  });

  it('reads a file from its beginning after it was truncated', async () => {
    await writeFile(path, 'a\nb\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await copyFile(path, `${path}.1`);
    await truncate(path);
    await tail.poll();
    await appendFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('detects a truncation even if the file has outgrown its old size', async () => {
    await writeFile(path, 'a\nb\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await writeFile(path, 'cc\ndd\nee\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'cc', 'dd', 'ee']);
  });

  it('ends an unfinished line at a truncation', async () => {
    await writeFile(path, 'a\nb');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await truncate(path);
    await appendFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('does not reread a file that is moved away and back', async () => {
    await writeFile(path, 'a\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await rename(path, `${path}.1`);
    await tail.poll();
    await writeFile(path, 'b\n');
    await tail.poll();
    await waitUntilFinished(tail);
    await unlink(path);
    await rename(`${path}.1`, path);
    await appendFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('finishes a file that was deleted, and reads one that comes back from its beginning', async () => {
    await writeFile(path, 'a\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await appendFile(path, 'b');
    await unlink(path);
    await tail.poll();
    await waitUntilFinished(tail);
    expect(tail.positions()).toMatchObject([{ offset: 3, finished: true }]);
    await writeFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('follows a symbolic link, even if its target changes', async () => {
    await writeFile(folder.file('monday'), 'a\n');
    await symlink('monday', path);
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    await appendFile(folder.file('monday'), 'b\n');
    await writeFile(folder.file('tuesday'), 'c\n');
    await unlink(path);
    await symlink('tuesday', path);
    await tail.poll();
    expect(sorted()).toEqual(['a', 'b', 'c']);
  });

  it('skips a line of 10 MiB, and continues after it', async () => {
    await writeFile(path, `a\n${'x'.repeat(10_485_760)}\nb\n`);
    await follow({ start: 'beginning' }).poll();
    expect(lines).toEqual(['a', undefined, 'b']);
  });

  it('reads binary rubbish as lines', async () => {
    await writeFile(path, Buffer.from([0, 0xff, 0x0a, 0xc3, 0x28, 0x0a]));
    await follow({ start: 'beginning' }).poll();
    expect(lines).toEqual(['\u00ff', '\u00c3(']);
  });

  it.each([
    ['a directory', () => mkdir(path)],
    ['a named pipe', async () => void execFileSync('mkfifo', [path])],
  ])('does not read %s, and warns once', async (_what, create) => {
    await create();
    const tail = follow();
    await tail.poll();
    await tail.poll();
    expect(logged).toEqual([`warn ${path}: cannot read a file, retrying: it is not a regular file`]);
  });

  it('logs a missing permission once, and catches up when it is granted', async () => {
    await writeFile(path, 'old\n');
    await chmod(folder.path, 0o755);
    await chmod(path, 0);
    const tail = follow();
    await asOrdinaryUser(async () => {
      await tail.poll();
      await tail.poll();
    });
    expect(logged).toEqual([expect.stringMatching(/^warn .*EACCES: permission denied/)]);
    await appendFile(path, 'new\n');
    await chmod(path, 0o644);
    clock += 1_000;
    await tail.poll();
    expect(lines).toEqual(['new']);
    expect(logged.at(-1)).toBe(`${path}: reading again`);
  });

  it('logs a file that fails once, closes it, and retries with growing pauses', async () => {
    await writeFile(path, 'a\n');
    const tail = follow({ start: 'beginning' });
    await tail.poll();
    const failing = jest
      .spyOn(LogFile.prototype, 'readNewLines')
      .mockRejectedValue(new Error('EIO: i/o error, read'));
    for (let polls = 0; polls < 240; polls++) {
      clock += 250;
      await tail.poll();
      expect(tail.positions()).toMatchObject([{ offset: 2 }]);
    }
    expect(logged).toEqual([`warn ${path}: cannot read a file, retrying: EIO: i/o error, read`]);
    expect(failing.mock.calls.length).toBeGreaterThan(5);
    expect(failing.mock.calls.length).toBeLessThan(15);
    failing.mockRestore();
    await appendFile(path, 'b\n');
    clock += 30_000;
    await tail.poll();
    await tail.poll();
    await appendFile(path, 'c\n');
    await tail.poll();
    expect(lines).toEqual(['a', 'b', 'c']);
    expect(logged.at(-1)).toBe(`${path}: reading again`);
  });

  it('opens files that come and go while it reads a backlog', async () => {
    await writeFile(path, 'x\n'.repeat(500_000));
    const tail = follow({ start: 'beginning' });
    await tail.begin();
    const reading = tail.poll();
    for (const line of ['a', 'b', 'c']) {
      await rename(path, folder.file(`moved-${line}`));
      await writeFile(path, `${line}\n`);
      await tail.begin();
    }
    await reading;
    await tail.poll();
    expect(lines.filter((line) => line !== 'x')).toEqual(['a', 'b', 'c']);
    expect(lines).toHaveLength(500_003);
  });

  it('logs its progress in a long backlog', async () => {
    await writeFile(path, 'x\n'.repeat(400_000));
    const tail = follow({ start: 'beginning', now: () => (clock += 2_000) });
    await tail.poll();
    expect(lines).toHaveLength(400_000);
    expect(logged).toEqual([`${path}: 65 % of the backlog read`]);
  });

  describe('after a restart', () => {
    async function restart(tail: Tail, meanwhile: () => Promise<void>): Promise<Tail> {
      await tail.stop();
      const positions = tail.positions();
      await tail.close();
      tails.splice(tails.indexOf(tail), 1);
      await meanwhile();
      const next = follow();
      await next.resume(JSON.parse(JSON.stringify(positions)), Date.now());
      await next.poll();
      return next;
    }

    it('reads the lines that were written meanwhile, and reads none twice', async () => {
      await writeFile(path, 'a\nb');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await restart(tail, () => appendFile(path, 'c\nd\n'));
      expect(lines).toEqual(['a', 'bc', 'd']);
    });

    it('reads the rest of files that were rotated meanwhile, and those that came in between', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await restart(tail, async () => {
        await appendFile(path, 'b\n');
        await rename(path, `${path}.2`);
        await writeFile(`${path}.1`, 'c\n');
        await writeFile(path, 'd\n');
      });
      expect(sorted()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('still reads a file that was rotated away before the stop', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await rename(path, `${path}.1`);
      await writeFile(path, 'b\n');
      await tail.poll();
      const next = await restart(tail, () => appendFile(`${path}.1`, 'c\n'));
      await appendFile(`${path}.1`, 'd\n');
      await appendFile(path, 'e\n');
      await next.poll();
      expect(sorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('reads a file from its beginning that was truncated meanwhile', async () => {
      await writeFile(path, 'a\nb\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await restart(tail, async () => {
        await truncate(path);
        await appendFile(path, 'c\nd\ne\n');
      });
      expect(lines).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('reads the remaining files if the one it stopped in is compressed', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await restart(tail, async () => {
        await rename(path, `${path}.2.gz`); // with all its bytes, so that only its name tells
        await writeFile(`${path}.1`, 'b\n');
        await writeFile(path, 'c\n');
      });
      expect(sorted()).toEqual(['a', 'b', 'c']);
    });

    it('waits for a file whose directory has vanished', async () => {
      const moved = folder.file('logs');
      await mkdir(moved);
      path = join(moved, 'access.log');
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      const next = await restart(tail, () => rm(moved, { recursive: true }));
      await mkdir(moved);
      await writeFile(path, 'b\n');
      await next.poll();
      expect(lines).toEqual(['a', 'b']);
    });

    it('continues in a log that was missing for one run', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      const without = await restart(tail, () => rename(path, folder.file('away')));
      await restart(without, async () => {
        await appendFile(folder.file('away'), 'b\n');
        await rename(folder.file('away'), path);
      });
      expect(lines).toEqual(['a', 'b']);
    });

    it('begins at the end of a file that could not be read before', async () => {
      await writeFile(path, 'old\n');
      await chmod(folder.path, 0o755);
      await chmod(path, 0);
      const tail = follow();
      await asOrdinaryUser(() => tail.poll());
      expect(tail.positions()).toBeUndefined();
    });

    it('does not read copies that copytruncate left, when a new file comes to the path', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await copyFile(path, `${path}.1`);
      await truncate(path);
      await tail.poll();
      await appendFile(path, 'b\n');
      await tail.poll();
      await restart(tail, async () => {
        await unlink(path);
        await writeFile(path, 'c\n');
      });
      expect(lines).toEqual(['a', 'b', 'c']);
    });

    it('warns that an unfinished file is gone, and reads the new one', async () => {
      await writeFile(path, 'a\n');
      const tail = follow({ start: 'beginning' });
      await tail.poll();
      await restart(tail, async () => {
        await rename(path, folder.file('elsewhere'));
        await writeFile(path, 'b\n');
      });
      expect(lines).toEqual(['a', 'b']);
      expect(logged).toContain(`warn ${path}: a file of the last run is gone, its unread lines are lost`);
    });
  });
});

/** Runs something without root's right to read every file. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}
