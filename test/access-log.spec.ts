import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { AccessLogService } from '../src/sources/files/access-log.service.js';
import { LogFile } from '../src/sources/files/log-file.js';
import { accountOf, sum } from './accounting.js';
import { Intervals } from './intervals.js';
import { ServiceProcess } from './process.js';
import { sample, scrape, type Service, startService } from './service.js';
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

  const LABELS = { SERVICES: 'shop,cart,default-web-80,web@docker', METHODS: 'GET', ROUTES: '/a/:id' };
  const cri = (text: string, tag = 'stdout F'): string => `2026-11-22T13:55:36.123456789Z ${tag} ${text}`;
  const request = (text: string): string => `203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] ${text}\n`;
  const CONTAINER = `pod-1_default_cart-${'0af'.repeat(21)}f.log`;
  it.each<[what: string, variables: NodeJS.ProcessEnv, name: string, lines: string, series: string[]]>([
    ['JSON', {}, 'a', '{"status":502,"request_time":"1.500"}\n', ['502']],
    ['lines of a container', {}, 'a', cri(line(404)) + cri('started\n'), ['404']],
    [
      'a format that is declared for all',
      { ACCESS_LOG_FORMAT: 'status=code' },
      'a',
      '{"code":201}\n',
      ['201'],
    ],
    [
      'a format that is declared for an environment',
      { ACCESS_LOG_FORMAT: 'squid', ACCESS_LOG_FORMAT_TESTING: '$request_time $status' },
      'a',
      '0.250 201\n',
      ['201'],
    ],
    [
      'method and route, and the service of the entry',
      { ...LABELS, ACCESS_LOGS: 'testing/shop=a' },
      'a',
      request('"GET /a/1?b HTTP/1.1" 200 5'),
      ['statuscode="200",type="200",service="shop",method="GET",route="/a/:id"'],
    ],
    [
      'the service that the line names, before that of the container',
      LABELS,
      CONTAINER,
      cri(request('"POST /b HTTP/1.1" 200 5 "-" "curl" 9 0.002 [default-web-80] []')),
      ['statuscode="200",type="200",service="default-web-80",method="other",route="other"'],
    ],
    [
      'a router of Traefik, with its provider',
      LABELS,
      'a',
      request('"GET /a/1 HTTP/1.1" 200 5 "-" "curl" 7 "web@docker" "http://10.0.0.2:80" 21ms'),
      ['statuscode="200",type="200",service="web@docker",method="GET",route="/a/:id"'],
    ],
    [
      'the service of the container',
      LABELS,
      CONTAINER,
      cri(line(200)),
      ['statuscode="200",type="200",service="cart",method="GET",route="other"'],
    ],
    [
      'all but what is ignored',
      { ACCESS_LOG_IGNORE: '/healthz,/static/*path' },
      'a',
      request('"GET /healthz?a HTTP/1.1" 200 5') + request('"GET /static/a/b HTTP/1.1" 200 5') + line(404),
      ['404'],
    ],
  ])('are read: %s', async (_what, variables, name, lines, series) => {
    const containers = folder.file('containers');
    mkdirSync(containers);
    path = join(containers, name);
    const ACCESS_LOGS = (variables['ACCESS_LOGS'] ?? 'testing=a').replace('=a', `=${path}`);
    await using service = await follow({ ...variables, ACCESS_LOGS });
    await logsOf(service).poll();
    writeFileSync(path, lines);
    await logsOf(service).poll();
    const codes = [...(await scrape(service))].filter(
      ([key, value]) => key.startsWith('response_code') && value > 0,
    );
    const expected = series.map((one) => (one.includes('=') ? one : `statuscode="${one}"`));
    expect(codes.map(([key]) => key)).toEqual(
      expected.map((one): unknown => expect.stringContaining(`env="testing",${one}`)),
    );
    const skipped = lines.split('\n').length - 1 - series.length;
    expect((await sample(service, 'service_collector_skipped_total{source="access_log"}')) ?? 0).toBe(
      skipped,
    );
  });

  it('are all files that a glob matches, each once, and later ones from their beginning', async () => {
    const names = ['a_access.log.1', 'a_access.log.2.gz', 'a_access.log', 'error.log'];
    for (const name of names) writeFileSync(folder.file(name), line(200));
    const bornAt = (name: string): bigint => statSync(folder.file(name), { bigint: true }).birthtimeNs;
    while (bornAt('a_access.log') === bornAt('a_access.log.1')) {
      rmSync(folder.file('a_access.log'));
      writeFileSync(folder.file('a_access.log'), line(200));
    }
    symlinkSync('a_access.log', folder.file('link_access.log'));
    const ACCESS_LOGS = `testing=${folder.file('*_access.log*')},production=${folder.file('a_access.log')}`;
    const variables = { ACCESS_LOGS, STATE_DIR: folder.path, ACCESS_LOG_START: 'beginning' };
    const first = await follow(variables);
    const recorded = async (service: Service): Promise<number> => {
      await logsOf(service).poll();
      await logsOf(service).poll();
      return (await accountOf(service, 'access_log')).recorded;
    };
    expect(await recorded(first)).toBe(1);
    writeFileSync(folder.file('b_access.log'), line(200));
    renameSync(folder.file('a_access.log'), folder.file('a_access.log.3'));
    writeFileSync(folder.file('a_access.log'), line(200));
    appendFileSync(folder.file('a_access.log.3'), line(200));
    expect(await recorded(first)).toBe(4);
    await first.close();
    writeFileSync(folder.file('c_access.log'), line(200));
    appendFileSync(folder.file('b_access.log'), line(200));
    await using second = await follow({ ...variables, ACCESS_LOG_START: 'end' });
    expect(await recorded(second)).toBe(2);
  });

  it('forget files that a glob matched when they are gone', async () => {
    await using service = await follow({ ACCESS_LOGS: `testing=${folder.file('*/?.log')}` });
    for (const name of ['a', 'b']) {
      mkdirSync(folder.file(name));
      writeFileSync(folder.file(`${name}/${name}.log`), line(200));
    }
    await logsOf(service).poll(); // may join one that has looked before
    await logsOf(service).poll();
    const now = performance.now.bind(performance);
    rmSync(folder.file('a'), { recursive: true });
    await logsOf(service).poll();
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
    for (let i = 0; i < 3; i++) await logsOf(service).poll();
    jest.restoreAllMocks();
    expect(readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`))).not.toContain(
      `${realpathSync(folder.path)}/a/a.log (deleted)`,
    );
    expect((await accountOf(service, 'access_log')).recorded).toBe(2);
  });

  it.each([
    'access.log.1',
    'access.log-20261123',
    'access.log.20261123-135536',
    'access-20261123.log',
    'access.2026-11-22.log',
    'access-2026-11-22T13-55-36.123.log',
  ])('are found again as %s after a restart', async (name) => {
    writeFileSync(path, line(200));
    const variables = { STATE_DIR: folder.path, ACCESS_LOG_START: 'beginning' };
    const first = await follow(variables);
    await logsOf(first).poll();
    await first.close();
    appendFileSync(path, line(500));
    renameSync(path, folder.file(name));
    writeFileSync(path, line(503));
    await using second = await follow(variables);
    await logsOf(second).poll();
    expect(await accountOf(second, 'access_log')).toMatchObject({ recorded: 2, rejected: {} });
  });

  const rubbish = (times: number, text = 'e'): string => `${text}\n`.repeat(times);
  const APPLICATION = '{"level":"info","message":"GET /a 200"}';
  const CRI = '"2026-11-22T13:55:36.123456789Z stdout F ';
  const advice = 'declare their format in ACCESS_LOG_FORMAT_TESTING';
  it.each<[what: string, written: string[], said: string[]]>([
    [
      'lines that are not understood',
      [`${line(200)}a\u0007b\nc\n`, `${line(200)}d\n`, rubbish(1_000), rubbish(2_000), line(200)],
      [
        'reading lines as combined',
        `2 of 3 lines are not understood, such as "a\\u0007b": ${advice}`,
        `1,001 of 1,002 lines are not understood, such as "e": ${advice}`,
      ],
    ],
    [
      'a container without any request, until there is one',
      [cri('started\n'), cri('e\n').repeat(98), cri('e\n').repeat(2), cri('e\n').repeat(900), cri(line(200))],
      [
        'reading lines as combined in the log of a container',
        `none of 101 lines looks like a request, such as ${CRI}started": if one is, ${advice}`,
      ],
    ],
    [
      "an application's own messages",
      [rubbish(100, APPLICATION)],
      [
        `none of 100 lines looks like a request, such as ${JSON.stringify(APPLICATION)}: if one is, ${advice}`,
      ],
    ],
    [
      'a container with some requests',
      [cri('e\n').repeat(99) + cri(line(200)), cri('e\n').repeat(3_000)],
      ['reading lines as combined in the log of a container'],
    ],
    [
      'a container with requests that are ignored',
      [cri(request('"GET /healthz HTTP/1.1" 200 5')), cri('e\n').repeat(3_000)],
      ['reading lines as combined in the log of a container'],
    ],
  ])('log their format, and problems once until they change: %s', async (_what, written, expected) => {
    const log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await using service = await follow({ ACCESS_LOG_IGNORE: '/healthz' });
    await logsOf(service).poll();
    for (const text of written) {
      appendFileSync(path, text);
      await logsOf(service).poll();
    }
    const said = [...log.mock.calls, ...warn.mock.calls]
      .map(([text]) => /access\.log: ((?:reading lines|[\d,]+ of|none).*)/.exec(String(text))?.[1])
      .filter((text) => text !== undefined);
    jest.restoreAllMocks();
    expect(said).toEqual(expected);
  });

  it('may be standard input, which is read to its end', async () => {
    writeFileSync(path, line(200) + line(404).trimEnd());
    const through = ['sh', '-c', `exec "$@" <${path}`, 'sh'];
    await using service = new ServiceProcess({ ACCESS_LOGS: 'testing=-' }, { through });
    const { url } = await service.listening();
    await service.logged(/Standard input has ended/);
    expect(await accountOf({ url }, 'access_log')).toMatchObject({ recorded: 2, responses: 2 });
  });

  it('are polled by a timer', async () => {
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

  it('resume where the last run stopped, if there is a STATE_DIR', async () => {
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

  const iis = (...lines: string[]): string =>
    `#Software: IIS\n#Fields: time-taken sc-status\n${lines.join('\n')}\n`;
  const docker = (log: string): string => `${JSON.stringify({ log, stream: 'stdout' })}\n`;
  const long = line(503).replace('GET /', `GET /${'a'.repeat(300_000)}`);
  const parts = [...long.matchAll(/.{1,16000}/g)].map(([part]) => cri(`${part}\n`, 'stdout P'));
  it.each<[what: string, before: string, after: string]>([
    ['CRI', parts.join('') + cri(line(404), 'stderr F') + cri(line(404), 'stderr F'), cri('\n')],
    ['Docker', docker(line(404)) + docker(long.slice(0, 16_384)), docker(long.slice(16_384))],
    ['IIS', iis('31 404'), '31 503\n'],
    [
      'IIS with a header that has changed far away from there',
      iis('31 404') + '#Fields: sc-status time-taken\n' + '404 31\n'.repeat(100_000),
      '503 31\n',
    ],
  ])('are read on in the midst of what belongs together: %s', async (_what, before, after) => {
    writeFileSync(path, before);
    const variables = { STATE_DIR: folder.path, ACCESS_LOG_START: 'beginning' };
    const first = await follow(variables);
    await logsOf(first).poll();
    const recorded = await accountOf(first, 'access_log');
    expect(recorded).toMatchObject({ rejected: {}, recorded: before.match(/ 404 |31 404|404 31/g)?.length });
    await first.close();
    await using second = await follow(variables);
    await using atEnd = await follow();
    appendFileSync(path, after);
    for (const service of [second, atEnd]) {
      await logsOf(service).poll();
      expect(await accountOf(service, 'access_log')).toMatchObject({ recorded: 1, rejected: {} });
      expect(await sample(service, 'response_code{env="testing",statuscode="503",type="500"}')).toBe(1);
    }
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
    expect(intervals.count).toBe(6); // to read, to save the state, the delay of the event loop, the summary of WebSocket clients, when sources last recorded, the past
    expect(intervals.running).toEqual([]);
  });

  it('leave the rest of a long backlog to the next run after half of the shutdown timeout', async () => {
    writeFileSync(path, line(200));
    const service = await follow({ SHUTDOWN_TIMEOUT_SECONDS: '1' });
    jest.spyOn(LogFile.prototype, 'readNewLines').mockImplementation(async (goesOn) => {
      while (goesOn()) await setImmediate();
      return true;
    });
    await service.close();
    jest.restoreAllMocks();
  });

  it('are counted exactly, whatever is written and however it is cut', async () => {
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

  it('are counted exactly: 60,000 lines across rotations by rename and by copytruncate', async () => {
    const STATUSES = [200, 201, 301, 404, 500];
    const written = new Map(STATUSES.map((status) => [status, 0]));
    writeFileSync(path, '');
    await using service = await follow();
    await logsOf(service).poll();
    for (let batch = 0, count = 0; batch < 400; batch++) {
      const lines: string[] = [];
      for (let i = 0; i < 150; i++, count++) {
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
    expect(account).toEqual({ recorded: 60_000, rejected: {}, responses: 60_000, timed: 60_000 });
    expect(account.recorded + sum(account.rejected)).toBe(60_000);
    for (const [status, count] of written) {
      const series = `response_code{env="testing",statuscode="${status}",type="${Math.floor(status / 100)}00"}`;
      expect([status, await sample(service, series)]).toEqual([status, count]);
    }
  });
});
