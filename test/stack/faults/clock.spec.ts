import { once } from 'node:events';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { connect, scrape, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { Senders } from '../senders.js';
import { fakeTime } from './fake-time.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';

/** How far the clock is from the right time, one after the other, as libfaketime writes it. */
const JUMPS = ['+1h', '-2h', '+3650d', '+0'];

describe('a wall clock that jumps back and forward', () => {
  let folder: TemporaryFolder;
  let log: string;
  let service: ServiceProcess;
  let address: { url: string; port: number };

  const jumpTo = (offset: string): void => writeFileSync(folder.file('clock'), `${offset}\n`);
  /** Hours between the service's clock and the right one. */
  const hours = async (): Promise<number> => {
    const { headers } = await fetch(`${address.url}/-/healthy`);
    const milliseconds = Date.parse(headers.get('Date') ?? '') - Date.now();
    return Math.round(milliseconds / 3_600_000) + 0; // not -0
  };

  beforeEach(async () => {
    folder = new TemporaryFolder();
    log = folder.file('access.log');
    writeFileSync(log, '');
    jumpTo('+0');
    service = new ServiceProcess({
      ...fakeTime,
      // The clock that only runs forward stays as it is, as it does when somebody sets the time.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_TIMESTAMP_FILE: folder.file('clock'),
      SIMULATOR: 'off',
      HEARTBEAT_SECONDS: '1',
      SHUTDOWN_TIMEOUT_SECONDS: '1',
      ACCESS_LOGS: `testing=${log}`,
      STATE_DIR: folder.path,
    });
    address = await service.listening();
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('changes no count, no duration and no interval', async () => {
    const client = await connect(address, '/ws/a');
    const frozen = await connect(address, '/ws/frozen');
    const started = (await scrape(address)).get('process_start_time_seconds');
    const senders = new Senders(address);
    const seen: number[] = [];
    let written = 0;
    for (const jump of JUMPS) {
      jumpTo(jump);
      seen.push(await until(hours, (now) => now !== (seen.at(-1) ?? 0)));
      appendFileSync(log, LINE.repeat(100));
      written += 100;
      await until(
        async () => (await accountOf(address, 'access_log')).recorded,
        (count) => count === written,
      );
      await once(client, 'ping');
    }
    expect(seen).toEqual([1, -2, 87_600, 0]);
    jumpTo('-2h');
    frozen.pause();
    await until(
      async () => (await scrape(address)).get('connected_clients'),
      (count) => count === 1 + 2, // the client, and those of the senders
    );

    await senders.stop();
    expect(senders.told).toBe(senders.sent);
    const all = await until(
      () => scrape(address),
      (now) => now.get('connected_clients') === 1,
    );
    expect(await accountOf(address, 'access_log')).toEqual({
      recorded: written,
      rejected: {},
      responses: senders.sent + written,
      timed: senders.sent,
    });
    expect(all.get('process_start_time_seconds')).toBe(started);
    // No duration is negative, and none is as long as the shortest jump.
    const durations = [...all].filter(([series]) => series.startsWith('service_collector_http_request'));
    for (const [series, value] of durations) {
      expect(value).toBeGreaterThanOrEqual(0);
      if (series.includes('_sum')) expect(value).toBeLessThan(3_600);
    }
    expect(all.get('nodejs_eventloop_lag_max_seconds')).toBeLessThan(3_600);
    expect(service.output.match(/WARN.*/g)).toEqual([
      expect.stringContaining('Dropping "frozen": no answer'),
    ]);
    client.terminate();
    frozen.terminate();
  });

  it.each(['+1h', '-1h'])('does not prolong or cut short a stop: %s', async (jump) => {
    const frozen = await connect(address, '/ws/a');
    frozen.pause();
    service.signal('SIGTERM');
    await service.logged(/SIGTERM: shutting down/);
    jumpTo(jump);
    expect(await service.exit).toBe(0);
    expect(readdirSync(folder.path)).toContain('state.json');
    frozen.terminate();
  });
});
