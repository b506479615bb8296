import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { NatsStub } from '../../nats-stub.js';
import { ServiceProcess } from '../../process.js';
import { connect, push, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { bytesInUse, MEASURED } from './memory.js';

const OBSERVATION = '{"env":"testing","statuscode":200,"seconds":0.25}';
const COUNT = 1_000_000;
const MANY = `[${Array.from({ length: COUNT }, () => OBSERVATION).join(',')}]`;
const LINE = `203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET /${'x'.repeat(1_000_000)} HTTP/1.1" 200 5 "-" "-"\n`;

describe('one large request', () => {
  it('of each source, of which nothing is kept once it is recorded', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    writeFileSync(log, '');
    await using nats = await NatsStub.listen();
    await using service = new ServiceProcess(
      {
        SIMULATOR: 'off',
        BODY_LIMIT_BYTES: '100000000',
        MAX_OBSERVATIONS: String(COUNT),
        ACCESS_LOGS: `testing=${log}`,
        NATS_URL: nats.url,
      },
      { nodeOptions: MEASURED },
    );
    const address = await service.listening();
    await service.logged(/Receiving observations from/);
    const client = await connect(address, '/ws/a', { maxPayload: 100_000_000 });
    const send = async (observations: string): Promise<void> => {
      await (await push(address, observations)).text();
      client.send(`{"event":"observations","data":${observations}}`);
      await once(client, 'message');
      await nats.deliver(observations);
    };
    await send(OBSERVATION);
    const before = await bytesInUse(service);
    await send(MANY);
    appendFileSync(log, LINE.repeat(50));
    await until(
      async () => (await accountOf(address, 'access_log')).recorded,
      (lines) => lines === 50,
    );
    for (const source of ['http', 'websocket', 'broker']) {
      expect((await accountOf(address, source)).recorded).toBe(COUNT + 1);
    }
    expect((await bytesInUse(service)) - before).toBeLessThan(3_000_000);
    client.terminate();
  });
});
