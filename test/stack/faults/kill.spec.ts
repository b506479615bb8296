import { appendFileSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { push, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { freeAddress } from '../address.js';
import { Prometheus } from '../prometheus.js';
import { Senders, UNANSWERED } from '../senders.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';

describe('kill -9', () => {
  it('three times under load: a new process counts from 0, and Prometheus sees each restart', async () => {
    const target = await freeAddress();
    await using prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': target },
    });
    const http = 'service_collector_observations_total{source="http"}';

    for (let kills = 1; kills <= 3; kills++) {
      const [HOST, PORT] = target.split(':');
      await using service = new ServiceProcess({ SIMULATOR: 'off', HOST, PORT });
      const address = await service.listening();
      expect(await accountOf(address, 'http')).toEqual({ recorded: 0, rejected: {}, responses: 0, timed: 0 });
      await push(
        address,
        Array.from({ length: kills }, () => ({ env: 'testing', statuscode: 500 })),
      );
      await prometheus.becomes(http, kills);
      expect(await prometheus.value(`resets(${http}[5m])`)).toBe(kills - 1);

      const senders = new Senders(address);
      let scraped = 0;
      for (let scrapes = 0; scrapes < 20; scrapes++) {
        const told = senders.told + kills;
        scraped = (await accountOf(address, 'http')).responses;
        expect(scraped).toBeGreaterThanOrEqual(told);
        expect(scraped).toBeLessThanOrEqual(senders.sent + kills);
      }
      // A reset shows only in a counter that Prometheus has seen above what the next process begins with.
      await prometheus.becomes(http, (seen) => seen > kills + 1);
      service.signal('SIGKILL');
      expect(await service.exit).toBeNull();
      await senders.stop();
      // What was told after the last scrape is lost, and what was not answered.
      expect(senders.told + kills).toBeGreaterThanOrEqual(scraped - UNANSWERED);
      expect(senders.sent - senders.told).toBeLessThanOrEqual(UNANSWERED);
    }
  });

  it('twenty times at random moments while a log grows: Prometheus has every line, and has none twice', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    writeFileSync(log, '');
    const target = await freeAddress();
    await using prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': target },
    });
    let written = 0;
    const writer = setInterval(() => {
      appendFileSync(log, LINE);
      written++;
    }, 5);
    const [HOST, PORT] = target.split(':');
    const start = (): ServiceProcess =>
      new ServiceProcess({
        HOST,
        PORT,
        SIMULATOR: 'off',
        ACCESS_LOGS: `testing=${log}`,
        ACCESS_LOG_START: 'beginning',
        STATE_DIR: folder.path,
      });

    for (let kills = 0; kills < 20; kills++) {
      await using service = start();
      await service.listening();
      // Some of them before Prometheus has come for the first time: it comes every second.
      const end = written + Math.floor(Math.random() * 300);
      await until(
        () => written,
        (lines) => lines >= end,
      );
      service.signal('SIGKILL');
      expect(await service.exit).toBeNull();
    }
    await using last = start();
    await last.listening();
    clearInterval(writer);
    const stored = await until(
      () => gained(prometheus, 'service_collector_observations_total{source="access_log"}'),
      (lines) => lines >= written,
    );
    expect(stored).toBe(written);
    expect(await gained(prometheus, 'response_code{env="testing",statuscode="200"}')).toBe(written);
  });
});

/** By how much a counter grew in a storage, from its samples, where each process counts from 0. */
async function gained(prometheus: Prometheus, counter: string): Promise<number> {
  const [counts] = await prometheus.series(`${counter}[1h]`);
  const [starts] = await prometheus.series('process_start_time_seconds{job="service-collector"}[1h]');
  const startAt = new Map(starts?.samples);
  let sum = 0;
  let before: { start: number | undefined; value: number } | undefined;
  for (const [time, value] of counts?.samples ?? []) {
    const start = startAt.get(time);
    sum += before?.start === start ? value - (before?.value ?? 0) : value;
    before = { start, value };
  }
  return sum;
}
