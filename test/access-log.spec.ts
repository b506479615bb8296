import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { AccessLogService } from '../src/sources/files/access-log.service.js';
import { LogFile } from '../src/sources/files/log-file.js';
import { accountOf, sum } from './accounting.js';
import { Intervals } from './intervals.js';
import { sample, type Service, startService } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

/** What a link points to; a file descriptor may be gone by the time it is asked for. */
function linkOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

describe('ACCESS_LOGS', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(() => {
    folder = new TemporaryFolder();
    path = folder.file('access.log');
  });
  afterEach(() => folder[Symbol.dispose]());

  const line = (status: number, rest = ''): string =>
    `203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" ${status} 5 "-" "-"${rest}\n`;
  const follow = (variables: NodeJS.ProcessEnv = {}): Promise<Service> =>
    startService({ ACCESS_LOGS: `testing=${path}`, ...variables });
  const logsOf = ({ app }: Service): AccessLogService => app.get(AccessLogService, { strict: false });

  it('become observations of their environments', async () => {
    const other = folder.file('other.log');
    await using service = await follow({ ACCESS_LOGS: `testing=${path}, production=${other}` });
    await logsOf(service).poll();
    writeFileSync(path, line(200, ' 0.250') + line(404));
    writeFileSync(other, '{"status":502,"request_time":"1.500"}\n');
    await logsOf(service).poll();
    expect(await sample(service, 'response_code{env="testing",statuscode="200",type="200"}')).toBe(1);
    expect(await sample(service, 'response_code{env="testing",statuscode="404",type="400"}')).toBe(1);
    expect(await sample(service, 'response_code{env="production",statuscode="502",type="500"}')).toBe(1);
    expect(await sample(service, 'response_time_sum{env="testing"}')).toBe(0.25);
    expect(await sample(service, 'response_time_sum{env="production"}')).toBe(1.5);
    expect(await accountOf(service, 'access_log')).toEqual({
      recorded: 3,
      rejected: {},
      responses: 3,
      timed: 2,
    });
  });

  it('are read on their own, without being asked', async () => {
    using intervals = new Intervals();
    await using service = await follow();
    writeFileSync(path, line(200));
    await intervals.until(
      () => accountOf(service, 'access_log'),
      ({ recorded }) => recorded === 1,
    );
  });

  it('count lines that yield nothing by reason', async () => {
    await using service = await follow();
    await logsOf(service).poll();
    const lines = [
      line(200),
      '\n',
      'rubbish\n',
      '{"status":200\n',
      `${'x'.repeat(1_048_577)}\n`,
      line(99).replace('99', '099'),
    ];
    writeFileSync(path, lines.join(''));
    await logsOf(service).poll();
    expect(await accountOf(service, 'access_log')).toMatchObject({
      recorded: 1,
      rejected: { unrecognized_line: 2, not_json: 1, line_too_long: 1, invalid_statuscode: 1 },
    });
  });

  it('go on where the last run stopped, if there is a STATE_DIR', async () => {
    writeFileSync(path, line(200) + line(200));
    const variables = { STATE_DIR: folder.path, ACCESS_LOG_START: 'beginning' };
    const first = await follow(variables);
    await logsOf(first).poll();
    expect((await accountOf(first, 'access_log')).recorded).toBe(2);
    await first.close();
    appendFileSync(path, line(500));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line(503));
    await using second = await follow(variables);
    await logsOf(second).poll();
    expect(await accountOf(second, 'access_log')).toMatchObject({ recorded: 2 });
    expect(await sample(second, 'response_code{env="testing",statuscode="500",type="500"}')).toBe(1);
    expect(await sample(second, 'response_code{env="testing",statuscode="503",type="500"}')).toBe(1);
  });

  it('leave no file open and no timer running', async () => {
    writeFileSync(path, line(200));
    const files = (): string[] => readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
    using intervals = new Intervals();
    const service = await follow({ STATE_DIR: folder.path });
    await logsOf(service).poll();
    expect(files()).toContain(realpathSync(path));
    await service.close();
    expect(files()).not.toContain(realpathSync(path));
    expect(intervals.count).toBe(4); // to read, to save the state, the delay of the event loop, the summary of WebSocket clients
    expect(intervals.running).toEqual([]);
  });

  it('leave the rest of a long backlog to the next run after half of the time for a stop', async () => {
    writeFileSync(path, line(200));
    const service = await follow({ SHUTDOWN_TIMEOUT_SECONDS: '1' });
    jest.spyOn(LogFile.prototype, 'readNewLines').mockImplementation(async (goesOn) => {
      while (goesOn()) await setImmediate();
      return true;
    });
    await service.close();
    jest.restoreAllMocks();
  });

  it('are counted without loss or invention, whatever is written and however it is cut', async () => {
    const good = fc.integer({ min: 100, max: 599 }).map((status) => line(status).trimEnd());
    const bad = fc.oneof(fc.constantFrom('', '{', '{"status":200}', line(99).trimEnd()), fc.string());
    const lines = fc.array(fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: bad }), {
      maxLength: 20,
    });
    await using service = await follow();
    await logsOf(service).poll();
    writeFileSync(path, '');
    let received = 0;
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 200 }), async (written, size) => {
        const text = written.map((one) => `${one}\n`).join('');
        received += text.split('\n').length - 1;
        for (let start = 0; start < text.length; start += size) {
          appendFileSync(path, text.slice(start, start + size));
          if (start % 3 === 0) await logsOf(service).poll();
        }
        await logsOf(service).poll();
        await logsOf(service).poll();
        const account = await accountOf(service, 'access_log');
        expect(account.responses).toBe(account.recorded);
        expect(account.recorded + sum(account.rejected)).toBe(received);
      }),
      { numRuns: 50 },
    );
  });

  it('are counted exactly: 200,000 lines across rotations by rename and by copytruncate', async () => {
    const STATUSES = [200, 201, 301, 404, 500];
    const written = new Map(STATUSES.map((status) => [status, 0]));
    writeFileSync(path, '');
    await using service = await follow();
    await logsOf(service).poll();
    for (let batch = 0, count = 0; batch < 400; batch++) {
      const lines: string[] = [];
      for (let i = 0; i < 500; i++, count++) {
        const status = STATUSES[count % 5] ?? NaN;
        written.set(status, (written.get(status) ?? 0) + 1);
        lines.push(line(status, ` "${count}" 0.001`)); // numbered, as no two pieces of a real log are alike
      }
      const text = lines.join('');
      const middle = Math.floor(text.length / 3);
      appendFileSync(path, text.slice(0, middle));
      await setImmediate();
      appendFileSync(path, text.slice(middle));
      if ([60, 120, 180].includes(batch)) {
        for (let n = 3; n > 0; n--) {
          try {
            renameSync(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`);
          } catch (error) {
            expect(String(error)).toContain('ENOENT'); // not that many rotations yet
          }
        }
        if (batch > 60) writeFileSync(path, '');
      }
      if ([240, 300].includes(batch)) {
        await logsOf(service).poll(); // the writer pauses until all is read
        await logsOf(service).poll();
        copyFileSync(path, `${path}.copy`);
        truncateSync(path);
      }
    }
    await logsOf(service).poll();
    await logsOf(service).poll();
    const account = await accountOf(service, 'access_log');
    expect(account).toEqual({ recorded: 200_000, rejected: {}, responses: 200_000, timed: 200_000 });
    expect(account.recorded + sum(account.rejected)).toBe(200_000);
    for (const [status, count] of written) {
      const series = `response_code{env="testing",statuscode="${status}",type="${Math.floor(status / 100)}00"}`;
      expect([status, await sample(service, series)]).toEqual([status, count]);
    }
  });
});
