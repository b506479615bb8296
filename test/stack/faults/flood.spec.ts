import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { connect, push, sample, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { Senders } from '../senders.js';
import { bytesInUse, MEASURED } from './memory.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 0.012\n';

const VALID = Array.from({ length: 100 }, () => ({ env: 'production', statuscode: 404, seconds: 1.5 }));
const INVALID = [...VALID.slice(1), { env: 'nowhere', statuscode: 404 }];

/** Observations that the senders were told are recorded when the memory is looked at: when all is warm, and in the end. */
const WARM = 150_000;
const END = 500_000;

describe('a flood through all doors at once', () => {
  it('is counted exactly, and the memory stays flat', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    writeFileSync(log, '');
    await using service = new ServiceProcess(
      { SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: folder.path },
      { nodeOptions: ['--max-semi-space-size=2', ...MEASURED] },
    );
    const address = await service.listening();
    const senders = new Senders(address);
    const counts = { pushed: 0, refused: 0, asked: 0, written: 0 };

    const flood = async (work: () => Promise<void>): Promise<void> => {
      while (senders.told < END) await work();
    };
    const doors = Promise.all([
      flood(async () => {
        expect(await (await push(address, VALID)).json()).toEqual({ recorded: 100 });
        counts.pushed += 100;
      }),
      flood(async () => {
        expect(await (await push(address, INVALID)).json()).toMatchObject({ status: 422 });
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
      () => senders.told,
      (told) => told >= WARM,
    );
    const warm = await bytesInUse(service);
    await doors;
    const end = await bytesInUse(service);
    await senders.stop();
    expect(senders.told).toBe(senders.sent);

    const responses = senders.sent + counts.pushed + counts.written;
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
    expect(http.recorded + websocket.recorded).toBe(senders.sent + counts.pushed);
    expect(await sample(address, 'incoming_requests')).toBe(counts.asked);
    expect(await sample(address, 'connected_clients')).toBe(0);
    expect(end / warm).toBeLessThan(1.1);
  });
});
