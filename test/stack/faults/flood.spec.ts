import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentKiB } from '../../../bench/usage.js';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { connect, sample, until } from '../../service.js';
import { Load, push } from './load.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 0.012\n';

const VALID = '{"env":"production","statuscode":404,"seconds":1.5}\n'.repeat(100);
const INVALID = `${VALID}{"env":"nowhere","statuscode":404}`.slice(VALID.length / 100);

/** Observations that Load has sent when the memory is looked at: when all is warm, and in the end. */
const WARM = 150_000;
const END = 500_000;

describe('a flood through all doors at once', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'flood-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is counted exactly, and the memory stays flat', async () => {
    const log = join(directory, 'access.log');
    writeFileSync(log, '');
    await using service = new ServiceProcess(
      { SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: directory },
      { nodeOptions: ['--max-semi-space-size=2'] },
    );
    const address = await service.listening();
    const load = new Load(address);
    const counts = { pushed: 0, refused: 0, asked: 0, written: 0 };

    const flood = async (work: () => Promise<void>): Promise<void> => {
      while (load.told < END) await work();
    };
    const doors = Promise.all([
      flood(async () => {
        expect(await push(address.url, VALID)).toBe('{"recorded":100}');
        counts.pushed += 100;
      }),
      flood(async () => {
        expect(await push(address.url, INVALID)).toContain('"status":422');
        counts.refused += 100;
      }),
      flood(async () => {
        expect(await (await fetch(`${address.url}/some`)).text()).toBe('hello!');
        counts.asked++;
      }),
      flood(async () => {
        appendFileSync(log, LINE.repeat(100));
        counts.written += 100;
        await sample(address, 'connected_clients');
      }),
      flood(async () => {
        const client = await connect(address, '/ws/short');
        client.close();
        await once(client, 'close');
      }),
    ]);

    await until(
      () => load.told,
      (told) => told >= WARM,
    );
    const warm = residentKiB(service.pid ?? NaN);
    await doors;
    const end = residentKiB(service.pid ?? NaN);
    await load.stop();
    expect(load.told).toBe(load.sent);

    const responses = load.sent + counts.pushed + counts.written;
    const logged = await until(
      () => accountOf(address, 'access_log'),
      ({ recorded }) => recorded === counts.written,
    );
    expect(logged).toEqual({ recorded: counts.written, rejected: {}, responses, timed: responses });
    const http = await accountOf(address, 'http');
    expect(http.rejected).toEqual({
      invalid_env: counts.refused / 100,
      batch_refused: (counts.refused / 100) * 99,
    });
    const websocket = await accountOf(address, 'websocket');
    expect(http.recorded + websocket.recorded).toBe(load.sent + counts.pushed);
    expect(await sample(address, 'incoming_requests')).toBe(counts.asked);
    expect(await sample(address, 'connected_clients')).toBe(0);
    expect(end / warm).toBeLessThan(1.25);
  });
});
