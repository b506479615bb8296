import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';

describe('a log on a file system that tells no time of birth', () => {
  const folder = new TemporaryFolder();
  const mount = folder.file('mount');
  const log = `${mount}/access.log`;
  beforeAll(() => {
    const disk = folder.file('disk');
    execFileSync('truncate', ['--size=8M', disk]);
    execFileSync('mkfs.ext2', ['-q', '-I', '128', disk], { stdio: 'ignore' });
    mkdirSync(mount);
    execFileSync('mount', ['-o', 'loop', disk, mount]);
    for (const [name, lines] of [
      ['access.log.2', 400],
      ['access.log.1', 200],
      ['access.log', 100],
    ] as const) {
      writeFileSync(`${mount}/${name}`, LINE.repeat(lines));
    }
    expect(statSync(log, { bigint: true }).birthtimeNs).toBe(0n);
  });
  afterAll(() => {
    execFileSync('umount', [mount]);
    folder[Symbol.dispose]();
  });

  /** As logrotate does, with a new file that has some lines already. */
  function rotate(lines: number): void {
    for (const n of [4, 3, 2, 1]) {
      try {
        renameSync(`${log}.${n}`, `${log}.${n + 1}`);
      } catch {
        // there are not so many
      }
    }
    renameSync(log, `${log}.1`);
    writeFileSync(log, LINE.repeat(lines));
  }

  it('is followed across rotations and restarts, and no old log is counted', async () => {
    const state = folder.file('state');
    mkdirSync(state);
    const start = (): ServiceProcess =>
      new ServiceProcess({ SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: state });
    const recorded = async (service: ServiceProcess, count: number): Promise<void> => {
      const address = await service.listening();
      const now = await until(
        async () => (await accountOf(address, 'access_log')).recorded,
        (lines) => lines >= count,
      );
      expect(now).toBe(count);
    };
    await using first = start();
    await recorded(first, 0);
    appendFileSync(log, LINE.repeat(3));
    await recorded(first, 3);
    rotate(4);
    await recorded(first, 7);
    rotate(5);
    rotate(6); // twice, so that one comes and goes between two looks
    await recorded(first, 18);
    first.signal('SIGTERM');
    expect(await first.exit).toBe(0);
    rotate(7);
    rotate(8);
    await using second = start();
    await recorded(second, 15);
    rotate(9);
    await recorded(second, 24);
  });
});
