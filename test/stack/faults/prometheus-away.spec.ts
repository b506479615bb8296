import { ServiceProcess } from '../../process.js';
import { until } from '../../service.js';
import { Prometheus } from '../prometheus.js';
import { Load } from './load.js';

const RECORDED = 'sum(service_collector_observations_total)';

it('loses nothing while Prometheus is away, killed under load: the next scrape has the exact sum', async () => {
  await using service = new ServiceProcess({ SIMULATOR: 'off' });
  const address = await service.listening();
  await using prometheus = await Prometheus.start({
    file: 'prom/prometheus.yml',
    addresses: { 'localhost:8080': `127.0.0.1:${address.port}` },
    interval: '250ms',
  });
  const load = new Load(address);
  const more = (count: number): Promise<number> => {
    const before = load.told;
    return until(
      () => load.told,
      (told) => told - before >= count,
    );
  };
  await until(
    () => prometheus.value(`${RECORDED} > 0`),
    (recorded) => recorded !== undefined,
  );

  await prometheus.kill();
  const told = await more(60_000);
  await prometheus.startAgain();
  expect(
    await until(
      () => prometheus.value(RECORDED),
      (recorded = 0) => recorded >= told,
    ),
  ).toBeLessThanOrEqual(load.sent);

  await load.stop();
  expect(load.told).toBe(load.sent);
  for (const metric of [RECORDED, 'sum(response_code)', 'sum(response_time_count)']) {
    await until(
      () => prometheus.value(metric),
      (recorded) => recorded === load.sent,
    );
  }
  // Nothing looks like a restart of the service, which `rate` and `increase` would add to.
  expect(await prometheus.value('sum(resets(service_collector_observations_total[5m]))')).toBe(0);
  expect(await prometheus.value('sum(resets(response_code[5m]))')).toBe(0);
});
