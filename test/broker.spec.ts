import { writeFileSync } from 'node:fs';
import timers from 'node:timers/promises';
import { ConsoleLogger } from '@nestjs/common';
import fc from 'fast-check';
import { RecorderService } from '../src/recording/recorder.service.js';
import { accountOf, candidate, sum } from './accounting.js';
import { message, NatsStub } from './nats-stub.js';
import { freePort, sample, scrape, type Service, startService, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const VALID = '{"env":"production","statuscode":503,"seconds":0.212}';
const NDJSON = 'application/x-ndjson';
const CONNECTED = 'service_collector_broker_connected{subject="observations"}';
const DISCONNECTS = 'service_collector_broker_disconnects_total{subject="observations"}';

/** The service, subscribed. */
async function startSubscribed(broker: NatsStub, variables: NodeJS.ProcessEnv = {}): Promise<Service> {
  const service = await startService({ NATS_URL: broker.url, ...variables });
  await connectedTo(service);
  return service;
}

const connectedTo = (service: Service): Promise<unknown> =>
  until(
    () => sample(service, CONNECTED),
    (connected) => connected === 1,
  );

describe('messages of a broker', () => {
  let broker: NatsStub;
  let service: Service;
  beforeEach(async () => {
    broker = await NatsStub.listen();
    service = await startSubscribed(broker, { BODY_LIMIT_BYTES: '10000', MAX_OBSERVATIONS: '20' });
  });
  afterEach(async () => {
    await service.close();
    await broker[Symbol.asyncDispose]();
  });

  it.each([
    ['one observation', VALID, undefined, 1],
    ['an array', `[${VALID},${VALID}]`, undefined, 2],
    ['an empty array', '[]', undefined, 0],
    ['a content type', VALID, 'application/json; charset=utf-8', 1],
    ['a byte order mark', `\ufeff${VALID}`, undefined, 1],
    ['lines', `${VALID}\n${VALID}\n`, NDJSON, 2],
    ['no line', '', NDJSON, 0],
    ['as many as are allowed', `[${Array(20).fill(VALID).join()}]`, undefined, 20],
  ])('may hold %s', async (_what, payload, contentType, recorded) => {
    await broker.deliver(payload, contentType);
    expect(await accountOf(service, 'broker')).toEqual({
      recorded,
      rejected: {},
      responses: recorded,
      timed: recorded,
    });
  });

  it.each([
    ['nothing', '', undefined, { not_json: 1 }],
    ['a word', 'nope', undefined, { not_json: 1 }],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined, { not_json: 1 }],
    ['a number', '7', undefined, { not_an_object: 1 }],
    ['one bad line', `${VALID}\n{\n${VALID}`, NDJSON, { not_json: 1, batch_refused: 2 }],
    ['one bad observation', `[${VALID},{"env":"x"}]`, undefined, { invalid_env: 1, batch_refused: 1 }],
    ['an unknown key', '{"env":"testing","statuscode":200,"x":1}', undefined, { unknown_key: 1 }],
    ['another type', VALID, 'text/plain', { unsupported_media_type: 1 }],
    ['too many', `[${'0,'.repeat(20)}0]`, undefined, { too_many: 21 }],
    ['too much', ' '.repeat(10_001), undefined, { too_large: 1 }],
  ])('are refused as a whole if they hold %s', async (_what, payload, contentType, rejected) => {
    await broker.deliver(payload, contentType);
    expect(await accountOf(service, 'broker')).toEqual({ recorded: 0, rejected, responses: 0, timed: 0 });
  });

  it.each([
    ['NATS/1.0\r\ncontent-type: application/x-ndjson\r\n\r\n', { recorded: 1, rejected: {} }],
    ['NATS/1.0\r\nTrace: 1\r\n\r\n', { recorded: 1, rejected: {} }],
    ['\u0000', { recorded: 1, rejected: {} }],
    ['NATS/1.0\r\nno key: 1\r\n\r\n', { recorded: 0, rejected: { unsupported_media_type: 1 } }],
    ['NATS/1.0\r\na: 1\n2\r\n\r\n', { recorded: 0, rejected: { unsupported_media_type: 1 } }],
  ])('may have the headers %j', async (headers, account) => {
    broker.send(message(VALID, headers));
    await broker.flush();
    expect(await accountOf(service, 'broker')).toMatchObject(account);
  });

  it('are all either recorded or rejected', async () => {
    const batches = fc.sample(fc.array(candidate, { minLength: 1, maxLength: 20 }), 200);
    broker.send(Buffer.concat(batches.map((batch) => message(JSON.stringify(batch)))));
    await broker.flush();
    const { recorded, rejected } = await accountOf(service, 'broker');
    expect(recorded).toBeGreaterThan(0);
    expect(recorded + sum(rejected)).toBe(batches.flat().length);
  });
});

describe('the connection to a broker', () => {
  it('joins the queue group, and says which client it is', async () => {
    await using broker = await NatsStub.listen();
    await using service = await startSubscribed(broker, { NATS_QUEUE: 'workers' });
    expect(await sample(service, DISCONNECTS)).toBe(0);
    expect(broker.lines.filter((line) => line.startsWith('SUB'))).toEqual(['SUB observations workers 1']);
    expect(broker.lines[0]).toMatch(/^CONNECT .*"name":"service-collector"/);
  });

  it('is made when the broker starts, while the service already runs', async () => {
    const port = await freePort();
    await using service = await startService({ NATS_URL: `nats://127.0.0.1:${port}` });
    expect((await fetch(`${service.url}/-/ready`)).status).toBe(200);
    expect(await sample(service, CONNECTED)).toBe(0);
    await using broker = await NatsStub.listen(port);
    await connectedTo(service);
    await broker.deliver(VALID);
    expect((await accountOf(service, 'broker')).recorded).toBe(1);
  });

  it('is made again when it breaks, which is counted', async () => {
    await using broker = await NatsStub.listen();
    await using service = await startSubscribed(broker);
    for (const time of [1, 2]) {
      const subscribed = broker.hears('SUB');
      broker.hangUp();
      await subscribed;
      await connectedTo(service);
      expect(await sample(service, DISCONNECTS)).toBe(time);
    }
    await broker.deliver(VALID);
    expect((await accountOf(service, 'broker')).recorded).toBe(1);
  });

  it('shows 0 while the broker refuses the subscription, and tries again', async () => {
    await using broker = await NatsStub.listen();
    const refused = `-ERR 'Permissions Violation for Subscription to "observations" using queue "service-collector"'`;
    broker.answer = (line) => (line.startsWith('SUB') ? `${refused}\r\n` : undefined);
    const warn = jest.spyOn(ConsoleLogger.prototype, 'warn').mockReturnValue();
    await using service = await startService({ NATS_URL: broker.url, LOG_LEVEL: 'warn' });
    await broker.hears('SUB');
    await broker.hears('SUB');
    expect(await sample(service, CONNECTED)).toBe(0);
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringMatching(/Cannot receive observations from nats:\S+, retrying: Permissions Violation/),
    ]);
    warn.mockRestore();
    broker.answer = () => undefined;
    await connectedTo(service);
  });

  it('is warned of once, although the inbox has another name each time', async () => {
    await using broker = await NatsStub.listen();
    const warn = jest.spyOn(ConsoleLogger.prototype, 'warn').mockReturnValue();
    broker.answer = (line) => {
      const [, inbox] = /^SUB (\S+) /.exec(line) ?? [];
      return inbox && `-ERR 'Permissions Violation for Subscription to "${inbox}"'\r\n`;
    };
    const settings = { NATS_STREAM: 'outcomes', NATS_INBOX_PREFIX: 'own.inbox' };
    await using service = await startService({ NATS_URL: broker.url, LOG_LEVEL: 'warn', ...settings });
    const inboxes = [await broker.hears('SUB'), await broker.hears('SUB'), await broker.hears('SUB')];
    expect(new Set(inboxes).size).toBe(3);
    expect(warn.mock.calls).toHaveLength(1);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/Violation for Subscription to "own\.inbox\.\w+\.\*"$/);
    expect(await sample(service, CONNECTED)).toBe(0);
    warn.mockRestore();
  });

  it('shows 0 as soon as the broker revokes the permission', async () => {
    await using broker = await NatsStub.listen();
    await using service = await startSubscribed(broker);
    broker.answer = (line) => (line.startsWith('CONNECT') ? `-ERR 'Authorization Violation'\r\n` : undefined);
    broker.send(`-ERR 'Permissions Violation for Subscription to "observations" (sid "1")'\r\n`);
    await until(
      () => sample(service, CONNECTED),
      (connected) => connected === 0,
    );
    expect(await sample(service, DISCONNECTS)).toBe(1);
  });

  it('is retried with growing pauses while it does not last', async () => {
    const pauses = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await using broker = await NatsStub.listen();
    await using service = await startSubscribed(broker);
    for (let time = 0; time < 4; time++) {
      const subscribed = broker.hears('SUB');
      broker.hangUp();
      await subscribed;
      await connectedTo(service);
    }
    const doublings = pauses.mock.calls.map(([milliseconds = 0]) =>
      Math.floor(Math.log2(milliseconds / 125)),
    );
    expect(doublings).toEqual([0, 1, 2, 3]);
    jest.restoreAllMocks();
  });

  it('takes any of several servers', async () => {
    await using broker = await NatsStub.listen();
    const nobody = `nats://127.0.0.1:${await freePort()}`;
    await using service = await startSubscribed(broker, { NATS_URL: `${nobody},${broker.url}` });
    await broker.deliver(VALID);
    expect((await accountOf(service, 'broker')).recorded).toBe(1);
  });

  it('does not exist, nor its metrics, where no broker is configured', async () => {
    await using service = await startService();
    const all = await scrape(service);
    expect([...all.keys()].filter((series) => series.startsWith('service_collector_broker'))).toEqual([]);
    expect(all.get('service_collector_observations_total{source="broker"}')).toBe(0);
  });
});

describe('a graceful shutdown with a broker', () => {
  it('records messages in flight, and disconnects', async () => {
    await using broker = await NatsStub.listen();
    const service = await startSubscribed(broker);
    const offerAll = jest.spyOn(service.app.get(RecorderService, { strict: false }), 'offerAll');
    broker.answer = (line) => {
      if (line.startsWith('UNSUB')) broker.send(message(VALID));
      return undefined;
    };
    await service.close();
    expect(offerAll.mock.calls).toEqual([['broker', expect.objectContaining({ length: 1 })]]);
    expect(offerAll.mock.results).toEqual([{ type: 'return', value: [] }]);
  });

  it('does not wait for a broker that is down', async () => {
    const service = await startService({ NATS_URL: `nats://127.0.0.1:${await freePort()}` });
    await service.close();
  });

  it('waits for a limited time if the broker does not answer', async () => {
    await using broker = await NatsStub.listen();
    const service = await startSubscribed(broker, { SHUTDOWN_TIMEOUT_SECONDS: '1' });
    broker.answer = () => '';
    await service.close();
  });

  it('ends even if the broker vanishes meanwhile', async () => {
    await using broker = await NatsStub.listen();
    const service = await startSubscribed(broker, { SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    broker.answer = () => {
      broker.hangUp();
      return '';
    };
    await service.close();
  });
});

describe('a file for NATS that cannot be used', () => {
  const folder = new TemporaryFolder();
  const file = folder.file('file');
  beforeAll(() => writeFileSync(file, 'no credentials'));
  afterAll(() => folder[Symbol.dispose]());

  it.each([
    [{ NATS_CREDS_FILE: folder.file('missing') }, 'no such file'],
    [{ NATS_CREDS_FILE: file }, 'unable to parse credentials'],
    [{ NATS_NKEY_FILE: file }, 'invalid encoded key'],
    [{ NATS_USER: 'a', NATS_PASSWORD_FILE: '/dev/null' }, '/dev/null is empty'],
    [{ NATS_TOKEN_FILE: '/dev/null' }, '/dev/null is empty'],
    [{ NATS_CA_FILE: folder.file('missing') }, 'no such file'],
    [{ NATS_CERT_FILE: file, NATS_KEY_FILE: folder.path }, 'illegal operation on a directory'],
  ])('stops the start: %j', async (variables, reason) => {
    const start = startService({ NATS_URL: 'nats://localhost:4222', ...variables });
    await expect(start).rejects.toThrow(
      new RegExp(`a credentials or certificate file for NATS cannot be used: .*${reason}`),
    );
  });
});
