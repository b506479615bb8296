// A new process is started and ready, the old one is told to stop, again and again: a graceful shutdown loses no sample.
import { ServiceProcess } from '../process.js';
import { freePort, push } from '../service.js';
import { Gate } from './gate.js';
import { Prometheus } from './prometheus.js';
import { type Observation, Senders } from './senders.js';

const RESTARTS = 20;

/** All status codes in turn, in batches of one to seven. */
function* batches(): Generator<Observation[]> {
  for (let sent = 0; ; sent++) {
    const statuscode = 100 + (sent % 500);
    yield Array.from({ length: 1 + (statuscode % 7) }, () => ({ env: 'testing', statuscode, seconds: 0.1 }));
  }
}

describe(`${RESTARTS} rolling restarts under load`, () => {
  let prometheus: Prometheus;
  /** Addresses that no connection of anybody else begins at: those begin at 127.0.0.1. */
  const hosts = Array.from({ length: RESTARTS + 1 }, (_, i) => `127.0.1.${i + 1}`);
  let port: number;
  let senders: Senders | undefined;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    port = await freePort(hosts[0]);
    prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': hosts.map((host) => `${host}:${port}`) },
    });
  });
  afterAll(async () => {
    await senders?.stop();
    await Promise.all([prometheus, ...processes].map((each) => each[Symbol.asyncDispose]()));
  });

  it('lose nothing: Prometheus has what the senders were told is recorded, and every sender was told', async () => {
    const start = async (host = '') => {
      const service = new ServiceProcess({
        HOST: host,
        PORT: String(port),
        SIMULATOR: 'off',
        SHUTDOWN_TIMEOUT_SECONDS: '60',
      });
      processes.push(service);
      const address = await service.listening();
      await prometheus.becomes(`up{instance="${host}:${port}"}`, 1);
      return { service, address };
    };

    let current = await start(hosts[0]);
    senders = new Senders(current.address, { batches: batches() });
    for (const host of hosts.slice(1)) {
      const next = await start(host);
      senders.use(next.address);
      current.service.signal('SIGTERM');
      current = next;
    }
    await Promise.all(processes.slice(0, -1).map(({ exit }) => exit));
    await senders.stop();
    current.service.signal('SIGTERM');
    expect(await Promise.all(processes.map(({ exit }) => exit))).toEqual(hosts.map(() => 0));

    expect(senders.lost).toEqual([]);
    expect(senders.refused).toBeGreaterThanOrEqual(RESTARTS);
    expect(senders.goneAway).toBeGreaterThanOrEqual(RESTARTS);
    await prometheus.becomes('sum(up{job="service-collector"})', 0);
    const stored = await prometheus.query(
      'sum(last_over_time(response_code{env="testing"}[1h])) by (statuscode) > 0',
    );
    const told = [...senders.recorded].map(([code, count]) => [String(code), count] as const);
    expect(new Map(stored.map(({ labels, value }) => [labels['statuscode'], value]))).toEqual(new Map(told));
  });
});

describe('a restart at the same address', () => {
  let gate: Gate;
  let prometheus: Prometheus;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    gate = await Gate.open();
    prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': `127.0.0.1:${gate.port}` },
    });
  });
  afterAll(async () => {
    await Promise.all([prometheus, gate, ...processes].map((each) => each[Symbol.asyncDispose]()));
  });

  it('is seen by Prometheus as a reset only in counters that are lower than before at the first scrape', async () => {
    await runWith({ 404: 10, 503: 10 });
    await runWith({ 404: 5, 503: 25 });
    const resets = await prometheus.query('resets(response_code{env="testing",statuscode=~"404|503"}[1h])');
    expect(Object.fromEntries(resets.map(({ labels, value }) => [labels['statuscode'], value]))).toEqual({
      404: 1,
      503: 0,
    });
    expect(await prometheus.value('changes(process_start_time_seconds{job="service-collector"}[1h])')).toBe(
      1,
    );
  });

  /** Scraped for the first time when it has counted so many of each status code, and gone once these are stored. */
  async function runWith(counts: Readonly<Record<string, number>>): Promise<void> {
    const service = new ServiceProcess({ SIMULATOR: 'off' });
    processes.push(service);
    const { url } = await service.listening();
    const body = Object.entries(counts).flatMap(([statuscode, count]) =>
      Array.from({ length: count }, () => ({ env: 'testing', statuscode: Number(statuscode) })),
    );
    await push({ url }, body);
    gate.leadTo(url);
    for (const [statuscode, count] of Object.entries(counts)) {
      await prometheus.becomes(`response_code{env="testing",statuscode="${statuscode}"}`, count);
    }
    gate.leadTo(undefined);
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  }
});
