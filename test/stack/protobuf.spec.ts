// What Prometheus 2.42 and 3 make of pages in protobuf, with native histograms and created timestamps.
import { ServiceProcess } from '../process.js';
import { families, PROTOBUF } from '../protobuf.js';
import { freePort, push } from '../service.js';
import { Prometheus, PROMETHEUS_3 } from './prometheus.js';
import { Senders } from './senders.js';

const RESTARTS = 5;
const COUNT = 2000;

/** Durations by the share of those that are shorter. */
const DISTRIBUTIONS: Readonly<Record<string, (share: number) => number>> = {
  constant: () => 0.123,
  uniform: (share) => share,
  exponential: (share) => -0.1 * Math.log(1 - share),
  pareto: (share) => 0.01 / Math.sqrt(1 - share),
};

describe.each([
  {
    version: '2.42',
    file: 'prom/prometheus.yml',
    program: 'prometheus',
    flags: ['--enable-feature=native-histograms'],
    hasBuckets: false,
    hasCreated: false,
  },
  {
    version: '3',
    file: 'prom/prometheus.native.yml',
    program: PROMETHEUS_3,
    flags: ['--enable-feature=created-timestamp-zero-ingestion'],
    hasBuckets: true,
    hasCreated: true,
  },
])('Prometheus $version', ({ file, program, flags, hasBuckets, hasCreated }) => {
  const start = (target: string | readonly string[]): Promise<Prometheus> =>
    Prometheus.start({ file, program, flags, addresses: { 'localhost:8080': target } });

  const processes: ServiceProcess[] = [];
  afterEach(() => Promise.all(processes.splice(0).map((each) => each[Symbol.asyncDispose]())));

  it('has exact counts and quantiles within 5 %, from 0 on, and knows when counters began', async () => {
    const port = await freePort();
    await using prometheus = await start(`127.0.0.1:${port}`);
    await using service = new ServiceProcess({
      PORT: String(port),
      SIMULATOR: 'off',
      NATIVE_HISTOGRAMS: 'on',
      SERVICES: Object.keys(DISTRIBUTIONS).join(),
    });
    const { url } = await service.listening();
    await prometheus.becomes('up{job="service-collector"}', 1);
    for (const [name, durationOf] of Object.entries(DISTRIBUTIONS)) {
      const body = Array.from({ length: COUNT }, (_, i) => ({
        env: 'testing',
        service: name,
        statuscode: 200,
        seconds: durationOf((i + 0.5) / COUNT),
      }));
      expect((await push({ url }, body)).status).toBe(200);
    }
    for (const [name, durationOf] of Object.entries(DISTRIBUTIONS)) {
      const series = `response_time{service="${name}"}`;
      await prometheus.becomes(`histogram_count(${series})`, COUNT);
      for (const quantile of [0.5, 0.9]) {
        const found = (await prometheus.value(`histogram_quantile(${quantile}, ${series})`)) ?? NaN;
        const isNear = Math.abs(found / durationOf(quantile) - 1) <= 0.05;
        expect([name, quantile, found, isNear]).toEqual([name, quantile, found, true]);
      }
      expect(await prometheus.value(`min_over_time(histogram_count(${series})[5m:1s])`)).toBe(0);
      const inf = `response_time_bucket{service="${name}",le="+Inf"}`;
      expect(await prometheus.value(inf)).toBe(hasBuckets ? COUNT : undefined);
    }

    const page = await fetch(`${url}/metrics`, { headers: { Accept: PROTOBUF } });
    const requests = families(Buffer.from(await page.arrayBuffer())).find(
      ({ name }) => name === 'incoming_requests',
    );
    const { seconds = NaN, nanos = NaN } = requests?.metric[0]?.counter?.created_timestamp ?? {};
    const [stored] = await prometheus.series('incoming_requests[10m]');
    const created = stored?.samples.filter(([time]) => time === seconds * 1000 + nanos / 1e6);
    expect(created).toEqual(hasCreated ? [stored?.samples[0]] : []);
    expect(stored?.samples[0]?.[1]).toBe(0);
  });

  it(`loses nothing over ${RESTARTS} rolling restarts under load`, async () => {
    const hosts = Array.from({ length: RESTARTS + 1 }, (_, i) => `127.0.2.${i + 1}`);
    const port = await freePort(hosts[0]);
    await using prometheus = await start(hosts.map((host) => `${host}:${port}`));
    let senders: Senders | undefined;
    for (const host of hosts) {
      const service = new ServiceProcess({
        HOST: host,
        PORT: String(port),
        SIMULATOR: 'off',
        NATIVE_HISTOGRAMS: 'on',
        SHUTDOWN_TIMEOUT_SECONDS: '60',
      });
      const before = processes.at(-1);
      processes.push(service);
      const address = await service.listening();
      await prometheus.becomes(`up{instance="${host}:${port}"}`, 1);
      senders ??= new Senders(address);
      senders.use(address);
      before?.signal('SIGTERM');
    }
    await Promise.all(processes.slice(0, -1).map(({ exit }) => exit));
    await senders?.stop();
    processes.at(-1)?.signal('SIGTERM');
    expect(await Promise.all(processes.map(({ exit }) => exit))).toEqual(hosts.map(() => 0));
    expect(senders?.lost).toEqual([]);
    await prometheus.becomes('sum(up{job="service-collector"})', 0);
    // Prometheus 2.42 has no last_over_time() of native histograms.
    const counts = 'max_over_time(histogram_count(response_time{env="testing"})[5m:100ms])';
    for (const last of [counts, 'last_over_time(response_code{env="testing"}[5m])']) {
      expect(await prometheus.value(`sum(${last})`)).toBe(senders?.told);
    }
  });
});
