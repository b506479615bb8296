import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Exporter, Exposition } from '../src/exposition/exporter.js';
import { AccessLogService } from '../src/sources/files/access-log.service.js';
import { StateService } from '../src/state/state.service.js';
import { accountOf } from './accounting.js';
import { Intervals } from './intervals.js';
import { PROMETHEUS, Scraper } from './scraper.js';
import { scrape, type Service, startService } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';
const MINUTE = 60_000;

describe('STATE_DIR', () => {
  let folder: TemporaryFolder;
  let log: string;
  let state: string;
  let intervals: Intervals;
  const opened: Scraper[] = [];
  beforeEach(() => {
    folder = new TemporaryFolder();
    log = folder.file('access.log');
    state = folder.file('state');
    mkdirSync(state);
    writeFileSync(log, LINE);
    intervals = new Intervals();
  });
  afterEach(() => {
    for (const scraper of opened.splice(0)) scraper[Symbol.dispose]();
    intervals[Symbol.dispose]();
    jest.restoreAllMocks();
    folder[Symbol.dispose]();
  });

  const follow = (variables: NodeJS.ProcessEnv = {}): Promise<Service> =>
    startService({
      ACCESS_LOGS: `testing=${log}`,
      ACCESS_LOG_START: 'beginning',
      STATE_DIR: state,
      SHUTDOWN_TIMEOUT_SECONDS: '1',
      ...variables,
    });
  const read = ({ app }: Service): Promise<void> => app.get(AccessLogService, { strict: false }).poll();
  const write = (lines: number): void => appendFileSync(log, LINE.repeat(lines));
  /** Reads the log, and has a Prometheus fetch the lines: new series are 0 on the first page. */
  async function fetched(service: Service): Promise<Scraper> {
    const prometheus = new Scraper(service);
    opened.push(prometheus);
    await read(service);
    for (let pages = 0; pages < 2; pages++) await prometheus.scrape();
    return prometheus;
  }
  const recorded = async (service: Service): Promise<number> => {
    await read(service);
    return (await accountOf(service, 'access_log')).recorded;
  };
  const offset = (): number => {
    const saved = JSON.parse(readFileSync(`${state}/state.json`, 'utf8'));
    return saved.sources.access_log.paths[log].at(-1).offset / LINE.length;
  };

  /** What a process finds that starts after the other was killed now. */
  function afterKill(variables: NodeJS.ProcessEnv = {}): Promise<Service> {
    const copy = folder.file(`copy-${readdirSync(folder.path).length}`);
    mkdirSync(copy);
    copyFileSync(`${state}/state.json`, `${copy}/state.json`);
    return follow({ STATE_DIR: copy, ...variables });
  }

  it('lets a restart after a kill read again exactly what no scraper fetched', async () => {
    await using killed = await follow();
    await fetched(killed);
    write(2);
    await read(killed);
    await using next = await afterKill();
    expect(await recorded(next)).toBe(2);
  });

  it('is not changed by runs that nobody scraped, however many are killed', async () => {
    await using first = await follow();
    await fetched(first);
    for (let kills = 0; kills < 3; kills++) {
      write(1);
      await using killed = await afterKill();
      expect(await recorded(killed)).toBe(kills + 1);
    }
  });

  it('keeps the start positions of a first run until somebody scrapes', async () => {
    await using first = await follow({ ACCESS_LOG_START: 'end' });
    write(3);
    expect(await recorded(first)).toBe(3);
    await using next = await afterKill({ ACCESS_LOG_START: 'end' });
    expect(await recorded(next)).toBe(3);
  });

  it('does not belong to pages that were fetched by people, or only in part', async () => {
    await using killed = await follow();
    await read(killed);
    await scrape(killed);
    const exporter = killed.app.get(Exporter, { strict: false });
    const { time, checkpoint } = await exporter.render();
    const large = new Exposition(Buffer.alloc(50_000_000, '#'), time, checkpoint);
    jest.spyOn(exporter, 'render').mockResolvedValue(large);
    using prometheus = new Scraper(killed);
    await prometheus.abort();
    await using next = await afterKill();
    expect(await recorded(next)).toBe(1);
  });

  it('belongs to the page of the final scrape after a shutdown', async () => {
    const stopped = await follow();
    const prometheus = await fetched(stopped);
    write(4);
    const closed = stopped.close();
    await intervals.until(
      async () => {
        await prometheus.scrape().catch(() => undefined);
        return offset();
      },
      (lines) => lines === 5,
    );
    await closed;
    await using next = await follow();
    expect(await recorded(next)).toBe(0);
  });

  it('does not lose what the last scraper did not fetch before a shutdown', async () => {
    const stopped = await follow();
    await fetched(stopped);
    write(4);
    await read(stopped);
    await stopped.close();
    await using next = await follow();
    expect(await recorded(next)).toBe(4);
  });

  describe('where nobody scrapes', () => {
    let now: number;
    beforeEach(() => {
      const start = performance.now();
      now = 0;
      jest.spyOn(performance, 'now').mockImplementation(() => start + now);
    });

    it('is saved every second after the first five minutes', async () => {
      await using service = await follow();
      now = 6 * MINUTE;
      await intervals.until(offset, (lines) => lines === 1);
      write(1);
      await intervals.until(offset, (lines) => lines === 2);
      expect(await recorded(service)).toBe(2);
    });

    it('is saved every second again after a day without scrapes', async () => {
      await using service = await follow();
      using prometheus = new Scraper(service);
      await prometheus.scrape();
      await read(service);
      write(1);
      now = 23 * 60 * MINUTE;
      await intervals.until(
        () => recorded(service),
        (lines) => lines === 2,
      );
      expect(offset()).toBeLessThan(2);
      now = 25 * 60 * MINUTE;
      await intervals.until(offset, (lines) => lines === 2);
    });

    it('is saved at a shutdown', async () => {
      const stopped = await follow();
      await read(stopped);
      await stopped.close();
      expect(offset()).toBe(1);
    });
  });

  it('is read as an earlier version of the service wrote it', async () => {
    const { dev, ino, birthtimeNs } = statSync(log, { bigint: true });
    const before = Buffer.from(LINE).subarray(-64).toString('base64');
    const position = { device: `${dev}`, inode: `${ino}`, born: `${birthtimeNs}`, truncated: false };
    const paths = { [log]: [{ ...position, offset: LINE.length, before }] };
    writeFileSync(`${state}/access-log-positions.json`, JSON.stringify({ version: 1, paths }));
    write(1);
    await using service = await follow();
    expect(await recorded(service)).toBe(1);
  });

  it.each([
    ['torn', '{"version":2,"sources":{"acc'],
    ['empty', ''],
    ['of another program', '{"a":1}'],
    ['of a later version', '{"version":3,"scraped":true,"sources":{}}'],
    ['not positions', '{"version":2,"scraped":true,"sources":{"access_log":{"paths":[]}}}'],
  ])('is ignored with a warning if it is %s', async (_what, text) => {
    writeFileSync(`${state}/state.json`, text);
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await using service = await follow({ LOG_LEVEL: 'warn' });
    expect(stdout.mock.calls.join('\n')).toMatch(/Ignoring the (saved state|log positions) in STATE_DIR/);
    expect(await recorded(service)).toBe(1);
  });

  it('is reported once if it cannot be written, and the service continues', async () => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await using service = await follow({ LOG_LEVEL: 'warn' });
    using prometheus = new Scraper(service);
    await prometheus.scrape();
    rmSync(state, { recursive: true });
    for (let scrapes = 0; scrapes < 3; scrapes++) {
      write(1);
      await read(service);
      await prometheus.scrape();
    }
    const warnings = stdout.mock.calls.filter(([text]) => String(text).includes('Cannot save the state'));
    expect(warnings).toHaveLength(1);
    expect(await recorded(service)).toBe(4);
  });

  it('is on the disk before it becomes current, so that a power cut leaves no empty file', async () => {
    const file = await open(log);
    const sync = jest.spyOn(Object.getPrototypeOf(file), 'sync');
    await file.close();
    await using service = await follow();
    await intervals.until(
      () => readdirSync(state),
      (names) => names.includes('state.json'),
    );
    expect(sync).toHaveBeenCalled();
    expect(await recorded(service)).toBe(1);
  });

  it('holds one state and a lock, for its own user only, whatever earlier runs left behind', async () => {
    writeFileSync(`${state}/state.json.7`, '{');
    await using service = await follow();
    const prometheus = await fetched(service);
    for (let scrapes = 0; scrapes < 2; scrapes++) await prometheus.scrape();
    expect(readdirSync(state).toSorted()).toEqual(['lock', 'state.json']);
    expect(statSync(`${state}/state.json`).mode & 0o777).toBe(0o600);
  });

  it('belongs to one process: another fails to start and says why', async () => {
    await using first = await follow();
    await expect(follow()).rejects.toThrow('STATE_DIR cannot be used: another process uses it');
    expect(await recorded(first)).toBe(1);
  });

  /** What a process leaves behind that is killed. */
  async function leaveLock(): Promise<void> {
    const server = createServer().listen(`${folder.path}/lock`);
    await once(server, 'listening');
    renameSync(`${folder.path}/lock`, `${state}/lock`); // so that closing does not remove it
    server.close();
    await once(server, 'close');
    expect(existsSync(`${state}/lock`)).toBe(true);
  }

  it('is taken over at once from a process that was killed', async () => {
    await leaveLock();
    await using service = await follow();
    expect(await recorded(service)).toBe(1);
  });

  it('stops the start if its path is too long for a socket, which would be created elsewhere', async () => {
    const long = folder.file('x'.repeat(100));
    mkdirSync(long);
    await expect(follow({ STATE_DIR: long })).rejects.toThrow(/STATE_DIR cannot be used: .* bytes/);
    expect(readdirSync(folder.path).toSorted()).toEqual(['access.log', 'state', 'x'.repeat(100)]);
  });

  it('holds a few states, however many pages nobody fetches to the end', async () => {
    writeFileSync(`${state}/state.json.backup`, '');
    await using service = await follow();
    for (let pages = 0; pages < 40; pages++) {
      await fetch(`${service.url}/metrics`, { method: 'HEAD', headers: PROMETHEUS });
    }
    expect(readdirSync(state)).toContain('state.json.backup');
    expect(readdirSync(state).length).toBeLessThan(20);
  });

  it('belongs to the newest page that was fetched, also if one between it and an equal one is fetched late', async () => {
    await using service = await follow();
    const saving = service.app.get(StateService, { strict: false });
    let value = 1;
    await saving.keep('other', 1, () => value);
    const page = async (shown: number): Promise<() => void> => {
      value = shown;
      const checkpoint = saving.checkpoint() ?? { number: NaN, text: '' };
      await saving.prepare(checkpoint);
      return () => saving.fetched(checkpoint);
    };
    (await page(1))();
    const pages = [await page(2), await page(1)];
    for (const fetchedLate of pages) fetchedLate();
    expect(JSON.parse(readFileSync(`${state}/state.json`, 'utf8')).sources.other).toBe(1);
  });

  it('is saved without a warning when scrapers share a page', async () => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await using service = await follow({ LOG_LEVEL: 'warn' });
    const scrapers = Array.from({ length: 8 }, () => new Scraper(service));
    for (let rounds = 0; rounds < 20; rounds++) {
      write(1);
      await read(service);
      await Promise.all(scrapers.map((scraper) => scraper.scrape()));
    }
    for (const scraper of scrapers) scraper[Symbol.dispose]();
    expect(stdout).not.toHaveBeenCalled();
    expect(offset()).toBe(21);
  });

  it('stops the start if it does not exist', async () => {
    await expect(follow({ STATE_DIR: folder.file('missing') })).rejects.toThrow(
      'STATE_DIR cannot be used: ENOENT',
    );
  });
});
