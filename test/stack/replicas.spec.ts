// Three replicas as processes, a broker that shares a million observations out among them, and a Prometheus that sums.
import { AckPolicy, RetentionPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { accountOf } from '../accounting.js';
import { ServiceProcess } from '../process.js';
import { until } from '../service.js';
import { type NatsClient, NatsServer } from './nats.js';
import { Prometheus } from './prometheus.js';

const BATCH = 500;
const MESSAGES = 2_000;
const SENT = BATCH * MESSAGES;
const COUNTED = 'service_collector_observations_total{source="broker"}';

const message = (number: number): string =>
  JSON.stringify(
    Array.from({ length: BATCH }, (_, i) => ({
      env: i % 2 === 0 ? 'testing' : 'production',
      statuscode: 100 + ((number + i) % 500),
      seconds: ((number * BATCH + i) % 10_000) / 1000,
    })),
  );

let nats: NatsServer;
let client: NatsClient;
let replicas: ServiceProcess[];
let addresses: { url: string; port: number }[];
let prometheus: Prometheus;

async function start(variables: NodeJS.ProcessEnv = {}): Promise<void> {
  replicas = Array.from(
    { length: 3 },
    () => new ServiceProcess({ SIMULATOR: 'off', NATS_URL: nats.url, ...variables }),
  );
  addresses = await Promise.all(replicas.map((replica) => replica.listening()));
  await Promise.all(replicas.map((replica) => replica.logged(/Receiving observations from/)));
  prometheus = await Prometheus.start({
    file: 'prom/prometheus.yml',
    addresses: { 'localhost:8080': addresses.map(({ port }) => `127.0.0.1:${port}`) },
  });
  await prometheus.becomes('sum(up{job="service-collector"})', 3);
}

beforeEach(async () => {
  nats = await NatsServer.start();
  client = await nats.client();
});
afterEach(async () => {
  await prometheus[Symbol.asyncDispose]();
  await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
  await client[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

/** What each of some replicas has recorded, by its own metrics. */
const recordedBy = (some: { url: string }[]): Promise<number[]> =>
  Promise.all(some.map(async (replica) => (await accountOf(replica, 'broker')).recorded));

const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);

/** What Prometheus adds up, also of what is gone. */
const total = (metric: string): string => `sum(last_over_time(${metric}[5m]))`;

it('a subject is shared without loss: the replicas and Prometheus count what was published', async () => {
  await start();
  for (let i = 0; i < MESSAGES; i++) {
    client.connection.publish('observations', message(i));
    if (i % 50 === 49) await client.connection.flush(); // so that the server keeps up
  }
  const counts = await until(
    () => recordedBy(addresses),
    (now) => sum(now) === SENT,
  );
  for (const count of counts) expect(count).toBeGreaterThan(0);
  await prometheus.becomes(total(COUNTED), SENT);
  await prometheus.becomes(total('response_code'), SENT);
  await prometheus.becomes(total('response_time_count'), SENT);
});

it('a stream is shared without loss, and a replica that is killed takes no more with it than its last scrape lacks', async () => {
  await client.manager.streams.add({
    name: 'outcomes',
    subjects: ['observations'],
    retention: RetentionPolicy.Workqueue,
  });
  await client.manager.consumers.add('outcomes', {
    durable_name: 'service-collector',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(2_000),
  });
  await start({ NATS_STREAM: 'outcomes' });
  const store = async (from: number, to: number): Promise<void> => {
    const worker = async (first: number): Promise<void> => {
      for (let i = first; i < to; i += 10) await client.store(message(i), String(i));
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => worker(from + i)));
  };

  await store(0, MESSAGES / 2);
  await until(
    () => recordedBy(addresses),
    (now) => sum(now) === SENT / 2,
  );
  await prometheus.becomes(total(COUNTED), SENT / 2);

  const storing = store(MESSAGES / 2, MESSAGES);
  await until(
    () => recordedBy(addresses),
    (now) => sum(now) > 0.7 * SENT,
  );
  const [killed, ...others] = addresses;
  replicas[0]?.signal('SIGKILL');
  await storing;
  await until(
    () => client.left('outcomes'),
    (left) => left === 0,
  );
  // Every message was acknowledged, by a replica that had recorded all of it. What the others did not, the killed one did.
  const recorded = sum(await recordedBy(others));
  const byKilled = SENT - recorded;
  expect(byKilled % BATCH).toBe(0);
  const scraped = await prometheus.value(
    `last_over_time(${COUNTED.replace('}', `,instance="127.0.0.1:${killed?.port}"}`)}[5m])`,
  );
  await prometheus.becomes(total(COUNTED), recorded + (scraped ?? NaN));
  // Acknowledgements leave the process before a scrape can show what they are for: what was scraped is not counted twice.
  expect(scraped).toBeLessThanOrEqual(byKilled);
});
