import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { Scraper } from '../../scraper.js';
import { until } from '../../service.js';
import { Namespace } from './namespace.js';
import { savedOffset } from './saved-offset.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';

/** Bytes of a small disk. */
const SIZE = 262_144;

describe('with logs and STATE_DIR on a disk of their own', () => {
  let space: Namespace;
  let service: ServiceProcess;
  let address: { url: string; port: number };
  let prometheus: Scraper;
  let directory: string;
  let log: string;

  const start = async (): Promise<void> => {
    service = new ServiceProcess(
      { SIMULATOR: 'off', ACCESS_LOGS: 'testing=/mnt/logs/access.log', STATE_DIR: '/mnt' },
      { through: ['nsenter', `--target=${space.pid}`, '--mount'] },
    );
    address = await service.listening();
    prometheus = new Scraper(address);
  };
  const recorded = (count: number): Promise<number> =>
    until(
      async () => (await accountOf(address, 'access_log')).recorded,
      (now) => now >= count,
    );
  /** Scrapes until the state that belongs to the page is saved. */
  const saved = (offset: number): Promise<number> =>
    until(
      async () => {
        await prometheus.scrape();
        return savedOffset(directory);
      },
      (now) => now === offset,
    );
  const warnings = (): string[] => service.output.match(/WARN.*/g) ?? [];

  beforeEach(async () => {
    space = await Namespace.open();
    await space.run('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', '/mnt');
    directory = space.outside('/mnt');
    log = `${directory}/logs/access.log`;
    mkdirSync(`${directory}/logs`);
    writeFileSync(log, '');
    await start();
  });
  afterEach(async () => {
    prometheus[Symbol.dispose]();
    await service[Symbol.asyncDispose]();
    await space[Symbol.asyncDispose]();
  });

  it('a disk that is full twice: what is written of the log counts, and its position is saved when there is room', async () => {
    let written = 0;
    for (let times = 1; times <= 2; times++) {
      // A piece that does not fit is written in part, as by any writer, and goes on when there is room.
      fill(`${directory}/other`);
      const before = statSync(log).size;
      expect(() => appendFileSync(log, LINE.repeat(1000))).toThrow('ENOSPC');
      const some = statSync(log).size - before;
      expect(some % LINE.length).toBeGreaterThan(0);
      written += Math.floor(some / LINE.length);
      await recorded(written);
      await prometheus.scrape();
      await service.logged(new RegExp(`(Cannot save the state in STATE_DIR[^]*ENOSPC[^]*){${times}}`));
      expect(savedOffset(directory)).toBeLessThan(statSync(log).size);

      rmSync(`${directory}/other`);
      appendFileSync(log, LINE.slice(some % LINE.length) + LINE.repeat(10));
      written += 11;
      await recorded(written);
      await saved(statSync(log).size);
    }
    expect(await accountOf(address, 'access_log')).toMatchObject({
      recorded: written,
      rejected: {},
      responses: written,
    });
    expect(warnings()).toHaveLength(2);

    service.signal('SIGKILL');
    await service.exit;
    await start();
    appendFileSync(log, LINE);
    await recorded(1);
    expect((await accountOf(address, 'access_log')).recorded).toBe(1);
  });

  it('a log that vanishes and comes back five times is read to its end and from its beginning', async () => {
    let written = 0;
    for (let times = 1; times <= 5; times++) {
      appendFileSync(log, LINE.repeat(100));
      written += 100;
      if (times % 2 === 1) {
        rmSync(log);
      } else {
        // Its directory too.
        renameSync(`${directory}/logs`, `${directory}/away-${times}`);
        mkdirSync(`${directory}/logs`);
      }
      await service.logged(new RegExp(`(no such file yet[^]*){${times}}`));
      await recorded(written);
      writeFileSync(log, LINE.repeat(10));
      written += 10;
      await service.logged(new RegExp(`(reading again[^]*){${times}}`));
      await recorded(written);
    }
    expect(await accountOf(address, 'access_log')).toMatchObject({
      recorded: written,
      rejected: {},
      responses: written,
    });
    expect(warnings()).toHaveLength(5);
  });
});

/** Writes a file until the disk is full, but for its last pages. */
function fill(path: string): void {
  const page = Buffer.alloc(4_096);
  writeFileSync(path, '');
  try {
    for (;;) appendFileSync(path, page);
  } catch {
    const { size } = statSync(path);
    writeFileSync(path, Buffer.alloc(size - 8 * page.length));
  }
}
