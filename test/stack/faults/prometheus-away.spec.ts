import { ServiceProcess } from '../../process.js';
import { until } from '../../service.js';
import { Prometheus } from '../prometheus.js';
import { Senders } from '../senders.js';

const RECORDED = 'sum(service_collector_observations_total)';

it('loses nothing while Prometheus is away, killed under load: the next scrape has the exact sum', async () => {
  await using service = new ServiceProcess({ SIMULATOR: 'off' });
  const address = await service.listening();
  await using prometheus = await Prometheus.start({
    file: 'prom/prometheus.yml',
    addresses: { 'localhost:8080': `127.0.0.1:${address.port}` },
  });
  const senders = new Senders(address);
  const more = (count: number): Promise<number> => {
    const before = senders.told;
    return until(
      () => senders.told,
      (told) => told - before >= count,
    );
  };
  await prometheus.becomes(RECORDED, (recorded) => recorded > 0);

  await prometheus.kill();
  const told = await more(60_000);
  await prometheus.startAgain();
  const stored = await prometheus.becomes(RECORDED, (recorded) => recorded >= told);
  expect(stored).toBeLessThanOrEqual(senders.sent);

  await senders.stop();
  expect(senders.told).toBe(senders.sent);
  for (const metric of [RECORDED, 'sum(response_code)', 'sum(response_time_count)']) {
    await prometheus.becomes(metric, senders.sent);
  }
  // Nothing looks like a restart of the service, which `rate` and `increase` would add to.
  expect(await prometheus.value('sum(resets(service_collector_observations_total[5m]))')).toBe(0);
  expect(await prometheus.value('sum(resets(response_code[5m]))')).toBe(0);
});
