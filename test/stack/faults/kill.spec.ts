import { appendFileSync, writeFileSync } from 'node:fs';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { push, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { freeAddress } from '../address.js';
import { Prometheus } from '../prometheus.js';
import { Senders, UNANSWERED } from '../senders.js';
import { notedOffset } from './notes.js';

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

  describe('with a STATE_DIR', () => {
    it('three times while a log grows: every line is counted, those since the last note twice', async () => {
      using folder = new TemporaryFolder();
      const log = folder.file('access.log');
      const line = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';
      writeFileSync(log, '');
      let written = 0;
      const start = (): ServiceProcess =>
        new ServiceProcess({ SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: folder.path });
      const recorded = async (address: { url: string }): Promise<number> =>
        (await accountOf(address, 'access_log')).recorded;

      /** Lines that the notes say were read, by all processes. */
      let noted = 0;
      for (let kills = 0; kills < 3; kills++) {
        await using service = start();
        const address = await service.listening();
        const before = noted;
        const standing: number[] = [noted];
        /** By how often it was noted where reading stands: the lines that a scrape had seen before that. */
        const scraped: number[] = [];
        while (standing.length < 3) {
          appendFileSync(log, line.repeat(100));
          written += 100;
          const seen = before + (await recorded(address));
          const now = notedOffset(folder.path) / line.length;
          if (now !== standing.at(-1)) standing.push(now);
          else scraped[standing.length] = seen;
        }
        service.signal('SIGKILL');
        await service.exit;
        noted = notedOffset(folder.path) / line.length;
        // Whatever was seen before the note before the last one is not read again.
        expect(noted).toBeGreaterThanOrEqual(scraped[standing.length - 2] ?? NaN);
        expect(noted).toBeLessThanOrEqual(written);
      }

      await using last = start();
      const address = await last.listening();
      await until(
        () => recorded(address),
        (count) => count >= written - noted,
      );
      appendFileSync(log, line.repeat(7));
      const rest = written - noted + 7;
      const account = await until(
        () => accountOf(address, 'access_log'),
        (now) => now.recorded >= rest,
      );
      expect(account).toEqual({ recorded: rest, rejected: {}, responses: rest, timed: 0 });
    });
  });
});
