import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { AckPolicy, RetentionPolicy } from '@nats-io/jetstream';
import { nanos, nkeys } from '@nats-io/transport-node';
import { Registry } from '../../src/metrics/registry.js';
import { TextFormat } from '../../src/metrics/text-format.js';
import { accountOf } from '../accounting.js';
import { ROOT, ServiceProcess } from '../process.js';
import { sample, samples, startService, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { newAccount } from './nats-account.js';
import { Cable } from './cable.js';
import { type NatsClient, NatsServer, STREAMS } from './nats.js';

const VALID = '{"env":"production","statuscode":503,"seconds":0.212}';
const RECORDED = 'service_collector_observations_total{source="broker"}';
const CONNECTED = 'service_collector_broker_connected{subject="observations"}';

const stream = { SIMULATOR: 'off', NATS_STREAM: 'outcomes' };
const DISCONNECTS = 'service_collector_broker_disconnects_total{subject="observations"}';

const batch = (size: number): string => `[${Array.from({ length: size }, () => VALID).join(',')}]`;

/** Makes the stream, and a consumer that does not wait long, and stores messages of as many observations. */
async function fill({ connection, manager }: NatsClient, messages: number, size: number): Promise<void> {
  await manager.streams.add({
    name: 'outcomes',
    subjects: ['observations'],
    retention: RetentionPolicy.Workqueue,
  });
  await manager.consumers.add('outcomes', {
    durable_name: 'service-collector',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(2_000),
  });
  for (let i = 0; i < messages; i++) {
    connection.publish('observations', batch(size));
    if (i % 1_000 === 999) await manager.streams.info('outcomes'); // so that the server keeps up
  }
}

const emptied = (client: NatsClient): Promise<unknown> =>
  until(
    () => client.left('outcomes').catch(() => NaN),
    (left) => left === 0,
  );

/** Waits until a service has a value in its metrics. */
const reaches = (service: { url: string }, series: string, value: number): Promise<unknown> =>
  until(
    () => sample(service, series),
    (now) => now === value,
  );

describe('a stream', () => {
  it('and its consumer are made if they are missing, and emptied as observations are recorded', async () => {
    await using nats = await NatsServer.start();
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client();
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.store(batch(10), String(i))));
    await reaches(address, RECORDED, 1000);
    await emptied(client);
    expect((await client.manager.streams.info('outcomes')).config).toMatchObject({
      subjects: ['observations'],
      retention: 'workqueue',
      storage: 'file',
    });
    const { config } = await client.manager.consumers.info('outcomes', 'service-collector');
    expect(config).toMatchObject({ ack_policy: 'explicit', filter_subject: 'observations' });
  });

  it('is used as it is, with its consumer, if they are there', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await client.manager.streams.add({ name: 'outcomes', subjects: ['shops.*.outcomes', 'other'] });
    await client.manager.consumers.add('outcomes', {
      durable_name: 'counting',
      ack_policy: AckPolicy.Explicit,
      filter_subject: 'shops.*.outcomes',
      max_deliver: 3,
    });
    await client.store(VALID, 'before', 'shops.a.outcomes');
    const names = { NATS_QUEUE: 'counting', NATS_SUBJECT: 'shops.*.outcomes' };
    await using service = new ServiceProcess({ ...stream, ...names, NATS_URL: nats.url });
    const address = await service.listening();
    await client.store(VALID, 'other', 'other');
    await client.store(VALID, 'after', 'shops.b.outcomes');
    await reaches(address, RECORDED, 2);
    expect(await client.left('outcomes')).toBe(3);
    expect((await client.manager.consumers.info('outcomes', 'counting')).config.max_deliver).toBe(3);
  });

  it.each([AckPolicy.None, AckPolicy.All])(
    'is not read through a consumer that is there with ack_policy %s',
    async (ack_policy) => {
      await using nats = await NatsServer.start();
      await using client = await nats.client();
      await client.manager.streams.add({ name: 'outcomes', subjects: ['observations'] });
      await client.manager.consumers.add('outcomes', { durable_name: 'service-collector', ack_policy });
      await client.store(VALID, 'waits');
      await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
      const address = await service.listening();
      await service.logged(/Cannot receive observations from .* has ack_policy \w+, not explicit/);
      expect((await accountOf(address, 'broker')).recorded).toBe(0);
    },
  );

  it.each([
    [
      'whose consumer takes another subject',
      ['observations', 'orders'],
      'orders',
      /consumer service-collector of the stream outcomes takes "orders", not NATS_SUBJECT "observations"/,
    ],
    [
      'whose consumer takes more',
      ['observations', 'orders'],
      undefined,
      /takes "observations", "orders", not NATS_SUBJECT/,
    ],
    [
      'that does not carry the subject',
      ['orders'],
      undefined,
      /stream outcomes takes "orders", not NATS_SUBJECT "observations", so its consumer service-collector/,
    ],
  ])('is refused if it is one %s', async (_what, subjects, filter_subject, problem) => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await client.manager.streams.add({ name: 'outcomes', subjects });
    const ack_policy = AckPolicy.Explicit;
    const consumer = {
      durable_name: 'service-collector',
      ack_policy,
      ...(filter_subject && { filter_subject }),
    };
    await client.manager.consumers.add('outcomes', consumer);
    await client.store(VALID, 'waits', 'orders');
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await service.logged(problem);
    expect(await sample(address, CONNECTED)).toBe(0);
    const { num_pending } = await client.manager.consumers.info('outcomes', 'service-collector');
    expect([num_pending, (await accountOf(address, 'broker')).recorded]).toEqual([1, 0]);
  });

  it.each([
    ['all', 3],
    ['new', 1],
  ])(
    'with a history is taken with NATS_DELIVER=%s, and the log says how much waits',
    async (NATS_DELIVER, recorded) => {
      await using nats = await NatsServer.start();
      await using client = await nats.client();
      await client.manager.streams.add({ name: 'outcomes', subjects: ['observations'] });
      for (const id of ['one', 'two']) await client.store(VALID, id);
      await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url, NATS_DELIVER });
      const address = await service.listening();
      await service.logged(new RegExp(`at \\S+: ${recorded - 1} messages wait in the stream`));
      await client.store(VALID, 'three');
      await reaches(address, RECORDED, recorded);
    },
  );

  it('that is a work queue is taken with NATS_DELIVER=new only while it is empty', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    const settings = { ...stream, NATS_URL: nats.url, NATS_DELIVER: 'new' };
    {
      await using service = new ServiceProcess(settings);
      await service.logged(/: 0 messages wait in the stream/);
    }
    await client.manager.consumers.delete('outcomes', 'service-collector');
    await client.store(VALID, 'one');
    await using service = new ServiceProcess(settings);
    await service.logged(/stream outcomes is a work queue, .*: set NATS_DELIVER=all/);
    expect(await sample(await service.listening(), CONNECTED)).toBe(0);
  });

  it('of a JetStream domain is found by its name', async () => {
    await using nats = await NatsServer.start('jetstream { store_dir: "streams", domain: "edge" }');
    await using service = new ServiceProcess({
      ...stream,
      NATS_URL: nats.url,
      NATS_JETSTREAM_DOMAIN: 'edge',
    });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client();
    await client.store(VALID, 'one');
    await emptied(client);
    await using stray = new ServiceProcess({ ...stream, NATS_URL: nats.url, NATS_JETSTREAM_DOMAIN: 'hub' });
    await stray.logged(/Cannot receive observations from/);
  });

  it('is not asked again for what is refused, of which the log says little', async () => {
    await using nats = await NatsServer.start();
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url, BODY_LIMIT_BYTES: '1000' });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client();
    const garbage = ['', 'nope', '{"env":"x","statuscode":200}', ' '.repeat(1001)];
    await Promise.all(Array.from({ length: 200 }, (_, i) => client.store(garbage[i % 4] ?? '', String(i))));
    await emptied(client);
    expect(await accountOf(address, 'broker')).toMatchObject({
      recorded: 0,
      rejected: { not_json: 100, invalid_env: 50, too_large: 50 },
    });
    expect(service.output.match(/Refused a message on "observations": /g)).toHaveLength(2);
  });

  it('keeps messages with an unknown environment on request, without holding up others, until a service knows it', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await fill(client, 0, 0);
    await client.manager.consumers.update('outcomes', 'service-collector', { max_ack_pending: 1_024 });
    const settings = { ...stream, NATS_URL: nats.url, NATS_UNKNOWN_ENV: 'keep' };
    const staging = '{"env":"staging","statuscode":200}';
    for (let i = 0; i < 3_000; i++) client.connection.publish('observations', staging);
    await client.store(VALID, 'last');
    {
      await using service = new ServiceProcess(settings);
      const address = await service.listening();
      await reaches(address, RECORDED, 1);
      const { recorded, rejected } = await accountOf(address, 'broker');
      expect({ recorded, reasons: Object.keys(rejected) }).toEqual({ recorded: 1, reasons: ['invalid_env'] });
      expect(rejected['invalid_env']).toBeGreaterThanOrEqual(3_000);
      expect(await client.left('outcomes')).toBe(3_000);
    }
    await using mended = new ServiceProcess({ ...settings, ENVIRONMENTS: 'staging,production' });
    const address = await mended.listening();
    await emptied(client);
    expect(await accountOf(address, 'broker')).toMatchObject({ recorded: 3_000, rejected: {} });
  });

  it('loses nothing, and has nothing counted twice, when connections break again and again', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await fill(client, 50_000, 1);
    await using cable = await Cable.to(nats.port);
    await using service = new ServiceProcess({ ...stream, NATS_URL: `nats://127.0.0.1:${cable.port}` });
    const address = await service.listening();
    for (let cut = 1; cut <= 10; cut++) {
      await until(
        async () => [await sample(address, RECORDED), await sample(address, CONNECTED)],
        ([recorded = 0, connected]) => recorded >= cut * 4_000 && connected === 1,
      );
      cable.cut();
      await reaches(address, DISCONNECTS, cut);
    }
    await emptied(client);
    expect((await accountOf(address, 'broker')).recorded).toBe(50_000);
  });

  it('has nothing counted twice that it delivers again because acknowledgements do not arrive', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await fill(client, 0, 0);
    await using cable = await Cable.to(nats.port);
    await using service = new ServiceProcess({ ...stream, NATS_URL: `nats://127.0.0.1:${cable.port}` });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    cable.hush();
    // Less than half of what has been asked for ahead: nothing more can be asked for.
    await Promise.all(Array.from({ length: 10 }, (_, i) => client.store(batch(10), String(i))));
    const again = async (): Promise<number> =>
      (await accountOf(address, 'broker')).rejected['delivered_again'] ?? 0;
    await until(again, (count) => count >= 10);
    expect(await client.left('outcomes')).toBe(10);
    cable.cut();
    await emptied(client);
    expect(await accountOf(address, 'broker')).toMatchObject({ recorded: 100, responses: 100 });
  });

  it('is read without a break if its messages are as large as the server takes', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await fill(client, 0, 0);
    for (let i = 0; i < 200; i++) await client.store(VALID.padStart(1_000_000), String(i));
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await emptied(client);
    expect((await accountOf(address, 'broker')).recorded).toBe(200);
    expect(await sample(address, DISCONNECTS)).toBe(0);
  });

  it('that is made anew while the service is away is not taken for the one before', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await fill(client, 1_000, 1);
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await emptied(client);
    await nats.kill();
    await reaches(address, CONNECTED, 0);
    service.signal('SIGSTOP');
    await nats.run();
    await using again = await nats.client();
    await again.manager.streams.delete('outcomes');
    await fill(again, 1_000, 1);
    service.signal('SIGCONT');
    await emptied(again);
    expect((await accountOf(address, 'broker')).recorded).toBe(2_000);
  });

  it('loses nothing when its server is killed', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client({ reconnectTimeWait: 20 });
    await fill(client, 2_000, 10);
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await until(
      () => sample(address, RECORDED),
      (recorded = 0) => recorded > 0,
    );
    await nats.kill();
    await nats.run();
    await emptied(client);
    // A server that is killed may have forgotten acknowledgements, and delivers these messages once more.
    expect((await accountOf(address, 'broker')).recorded).toBeGreaterThanOrEqual(20_000);
  });

  it('is left in order by a service that stops: what it took is recorded and acknowledged', async () => {
    await using nats = await NatsServer.start();
    const service = await startService({ ...stream, NATS_URL: nats.url });
    await reaches(service, CONNECTED, 1);
    await using client = await nats.client();
    const publishing = Promise.all(
      Array.from({ length: 5_000 }, (_, i) => client.store(batch(10), String(i))),
    );
    await until(
      () => sample(service, RECORDED),
      (now = 0) => now > 1_000,
    );
    const registry = service.app.get(Registry, { strict: false });
    await service.close();
    await publishing;
    const recorded = samples(new TextFormat().print(registry).toString()).get(RECORDED) ?? NaN;
    expect(await client.left('outcomes')).toBe(5_000 - recorded / 10);
  });
});

it('a process that gets SIGTERM leaves nothing unacknowledged to others', async () => {
  await using nats = await NatsServer.start();
  await using client = await nats.client();
  await fill(client, 20_000, 1);
  await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
  const address = await service.listening();
  await until(
    () => sample(address, RECORDED),
    (recorded = 0) => recorded > 0,
  );
  service.signal('SIGTERM');
  expect(await service.exit).toBe(0);
  const { num_ack_pending, num_pending } = await client.manager.consumers.info(
    'outcomes',
    'service-collector',
  );
  expect([num_ack_pending, num_pending]).toEqual([0, await client.left('outcomes')]);
});

describe('a server', () => {
  const secure = ['cert', 'key']
    .map((name) => `${name}_file: "${join(ROOT, `test/tls/${name}.pem`)}"`)
    .join(', ');
  const certificate = join(ROOT, 'test/tls/cert.pem');
  const key = join(ROOT, 'test/tls/key.pem');
  const settings = { SIMULATOR: 'off', NATS_CA_FILE: certificate };

  it('that is killed is found again when it is back', async () => {
    await using nats = await NatsServer.start();
    await using service = new ServiceProcess({ SIMULATOR: 'off', NATS_URL: nats.url });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await nats.kill();
    await reaches(address, CONNECTED, 0);
    await nats.run();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client();
    client.connection.publish('observations', VALID);
    await reaches(address, RECORDED, 1);
  });

  it.each([
    ['requests for messages', '$JS.API.CONSUMER.MSG.NEXT.>', /Cannot receive observations/, 0],
    ['acknowledgements', '$JS.ACK.>', /Receiving observations/, 1],
  ])('that does not permit %s counts as away', async (_what, denied, started, losses) => {
    await using nats = await NatsServer.start(
      [
        STREAMS,
        `authorization { users = [`,
        `  { user: all, password: all }`,
        `  { user: some, password: some, permissions: { publish: { deny: "${denied}" } } }`,
        `] }`,
        `no_auth_user: some`,
      ].join('\n'),
    );
    await using client = await nats.client({ user: 'all', pass: 'all', reconnectTimeWait: 20 });
    await fill(client, 0, 1);
    await using service = new ServiceProcess({ ...stream, NATS_URL: nats.url });
    const address = await service.listening();
    await service.logged(started);
    await fill(client, 2_000, 1); // only now: messages that are there would be acknowledged before it counts as connected, or after
    await service.logged(/Cannot receive observations from .*Permissions Violation for Publish/);
    expect(await sample(address, CONNECTED)).toBe(0);
    expect(await sample(address, DISCONNECTS)).toBe(losses);
    expect(await client.left('outcomes')).toBe(2_000);
  });

  it('that is too fast for the service hangs up on it, which is counted, and is found again', async () => {
    await using nats = await NatsServer.start('max_pending: 1MB\nwrite_deadline: "100ms"');
    await using service = new ServiceProcess({ SIMULATOR: 'off', NATS_URL: nats.url });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client();
    service.signal('SIGSTOP');
    for (let i = 0; i < 200; i++) client.connection.publish('observations', batch(1_000));
    await client.connection.flush();
    service.signal('SIGCONT');
    await reaches(address, DISCONNECTS, 1);
    await reaches(address, CONNECTED, 1);
    client.connection.publish('observations', VALID);
    await until(
      async () => (await accountOf(address, 'broker')).recorded % 1_000,
      (rest) => rest === 1,
    );
    expect((await accountOf(address, 'broker')).recorded).toBeLessThan(200_000);
  });

  it('is spoken to by TLS, and has to prove who it is', async () => {
    await using nats = await NatsServer.start(`tls { ${secure} }`);
    const NATS_URL = `tls://localhost:${nats.port}`;
    await using trusting = new ServiceProcess({ ...settings, NATS_URL });
    await trusting.logged(/Receiving observations from observations/);
    await using strange = new ServiceProcess({ SIMULATOR: 'off', NATS_URL });
    await strange.logged(/Cannot receive observations from tls:.*self-signed certificate/);
  });

  it('is not spoken to without TLS if that is asked for', async () => {
    await using nats = await NatsServer.start();
    await using service = new ServiceProcess({ SIMULATOR: 'off', NATS_URL: `tls://localhost:${nats.port}` });
    await service.logged(/Cannot receive observations from tls:.*server does not support 'tls'/);
  });

  it('is shown a certificate where it asks for one', async () => {
    await using nats = await NatsServer.start(`tls { ${secure}, ca_file: "${certificate}", verify: true }`);
    const NATS_URL = `nats://localhost:${nats.port}`;
    await using known = new ServiceProcess({
      ...settings,
      NATS_URL,
      NATS_CERT_FILE: certificate,
      NATS_KEY_FILE: key,
    });
    await known.logged(/Receiving observations from observations/);
    await using nobody = new ServiceProcess({ ...settings, NATS_URL });
    await nobody.logged(/Cannot receive observations from nats:/);
  });

  const seed = nkeys.createUser();
  const nkey = Buffer.from(seed.getSeed()).toString();
  const SECRET = 's3cret-of-nats';
  it.each([
    [
      'a password',
      `user: me, password: ${SECRET}`,
      { NATS_USER: 'me', NATS_PASSWORD: SECRET },
      { NATS_PASSWORD: 'no' },
    ],
    [
      'a password in a file',
      `user: me, password: ${SECRET}`,
      { NATS_USER: 'me', NATS_PASSWORD_FILE: SECRET },
      { NATS_USER: 'no' },
    ],
    ['a token', `token: ${SECRET}`, { NATS_TOKEN: SECRET }, { NATS_TOKEN: 'no' }],
    ['a token in a file', `token: ${SECRET}`, { NATS_TOKEN_FILE: SECRET }, { NATS_TOKEN_FILE: 'no' }],
    [
      'an nkey',
      `users: [{ nkey: ${seed.getPublicKey()} }]`,
      { NATS_NKEY_FILE: nkey },
      { NATS_NKEY_FILE: Buffer.from(nkeys.createUser().getSeed()).toString() },
    ],
  ])('is shown %s, which no log shows', async (_what, authorization, credentials, wrong) => {
    using folder = new TemporaryFolder();
    await using nats = await NatsServer.start(`authorization { ${authorization} }`);
    for (const [shown, logged] of [
      [credentials, /Receiving observations from observations/],
      [{ ...credentials, ...wrong }, /Cannot receive observations from nats:.*Authorization Violation/i],
    ] as const) {
      const variables = Object.entries(shown).map(([name, value]) => {
        if (!name.endsWith('_FILE')) return [name, value];
        writeFileSync(folder.file(name), `${value}\n`);
        return [name, folder.file(name)];
      });
      await using service = new ServiceProcess({
        ...Object.fromEntries(variables),
        SIMULATOR: 'off',
        NATS_URL: nats.url,
        LOG_LEVEL: 'verbose',
      });
      await service.logged(logged);
      for (const secret of [SECRET, nkey]) expect(service.output).not.toContain(secret);
    }
  });

  it('may permit the service an inbox of its own only', async () => {
    const permissions = 'permissions: { subscribe: ["mine.>"], publish: [">"] }';
    await using nats = await NatsServer.start(
      `${STREAMS}\nauthorization { users = [{ user: me, password: me, ${permissions} }, { user: all, password: all }] }`,
    );
    const user = { ...stream, NATS_URL: nats.url, NATS_USER: 'me', NATS_PASSWORD: 'me' };
    await using service = new ServiceProcess({ ...user, NATS_INBOX_PREFIX: 'mine' });
    const address = await service.listening();
    await reaches(address, CONNECTED, 1);
    await using client = await nats.client({ user: 'all', pass: 'all' });
    await client.store(VALID, 'one');
    await reaches(address, RECORDED, 1);
    await using without = new ServiceProcess(user);
    await without.logged(/Cannot receive observations from .*Subscription to "_INBOX/);
  });

  it('is shown credentials, and those of nobody it knows are refused', async () => {
    using folder = new TemporaryFolder();
    const [account, other] = [newAccount(), newAccount()];
    await using nats = await NatsServer.start(account.configuration);
    for (const [credentials, logged] of [
      [account.credentials, /Receiving observations from observations/],
      [other.credentials, /Cannot receive observations from nats:.*Authorization Violation/i],
    ] as const) {
      const file = folder.file('user.creds');
      writeFileSync(file, credentials);
      await using service = new ServiceProcess({
        SIMULATOR: 'off',
        NATS_URL: nats.url,
        NATS_CREDS_FILE: file,
      });
      await service.logged(logged);
    }
  });
});
