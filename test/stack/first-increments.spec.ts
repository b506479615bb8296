// New series in the storage of real Prometheis, of which one scrapes seldom.
import { ServiceProcess } from '../process.js';
import { push, scrape } from '../service.js';
import { Prometheus } from './prometheus.js';

it('begin at 0 in every Prometheus, so that increase() has all that was sent', async () => {
  await using service = new ServiceProcess({ SIMULATOR: 'off', SERVICES: 'shop,checkout' });
  const { port, url } = await service.listening();
  const start = (interval: string): Promise<Prometheus> =>
    Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': `127.0.0.1:${port}` },
      interval,
    });
  await using often = await start('1s');
  await using seldom = await start('4s');
  const both = [often, seldom];
  for (const prometheus of both) await prometheus.becomes('up{job="service-collector"}', 1);

  const sent = new Map<string, number>();
  for (const [sender, statuscode, count] of [
    ['shop', 200, 3],
    ['checkout', 418, 5],
    ['nobody', 599, 7],
  ] as const) {
    await push(
      { url },
      Array.from({ length: count }, () => ({ env: 'testing', statuscode, service: sender, seconds: 0.2 })),
    );
    await scrape({ url }); // as curl does, in between
    const name = sender === 'nobody' ? 'other' : sender;
    sent.set(`response_code{service="${name}",statuscode="${statuscode}"}`, count);
    sent.set(`response_time_count{service="${name}"}`, count);
    sent.set(`response_time_bucket{service="${name}",le="0.25"}`, count);
    for (const prometheus of both) await prometheus.becomes(`sum(response_code{service="${name}"})`, count);
  }
  sent.set('service_collector_observations_total{source="http"}', 15);
  for (const prometheus of both) {
    for (const [series, count] of sent) {
      const [stored] = await prometheus.series(`${series}[10m]`);
      const values = stored?.samples.map(([, value]) => value) ?? [];
      expect([series, values[0], values.at(-1)]).toEqual([series, 0, count]);
      expect([series, values]).toEqual([series, values.toSorted((one, other) => one - other)]);
      // A counter that began at 0 is extrapolated by half a distance of samples at its end, at the most.
      const distances = values.filter((value) => value > 0).length;
      const increase = (await prometheus.value(`increase(${series}[10m])`)) ?? NaN;
      expect(increase).toBeGreaterThanOrEqual(count);
      expect(increase).toBeLessThanOrEqual(count * (1 + 1.2 / distances));
    }
  }
});
