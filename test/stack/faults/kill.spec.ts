import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { freePort, until } from '../../service.js';
import { Prometheus } from '../prometheus.js';
import { Load, push } from './load.js';
import { notedOffset } from './notes.js';

describe('kill -9', () => {
  it('three times under load: a new process counts from 0, and Prometheus sees each restart', async () => {
    const port = await freePort();
    const start = (): ServiceProcess => new ServiceProcess({ SIMULATOR: 'off', PORT: String(port) });
    await using prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': `127.0.0.1:${port}` },
      interval: '250ms',
    });
    const http = 'service_collector_observations_total{source="http"}';
    const seen = (value: number): Promise<number | undefined> =>
      until(
        () => prometheus.value(http),
        (now) => now === value,
      );

    for (let kills = 1; kills <= 3; kills++) {
      await using service = start();
      const address = await service.listening();
      expect(await accountOf(address, 'http')).toEqual({ recorded: 0, rejected: {}, responses: 0, timed: 0 });
      const observation = '{"env":"testing","statuscode":500}\n';
      expect(await push(address.url, observation.repeat(kills))).toBe(`{"recorded":${kills}}`);
      await seen(kills);
      expect(await prometheus.value(`resets(${http}[5m])`)).toBe(kills - 1);

      const load = new Load(address);
      let scraped = 0;
      for (let scrapes = 0; scrapes < 20; scrapes++) {
        const told = load.told + kills;
        scraped = (await accountOf(address, 'http')).responses;
        expect(scraped).toBeGreaterThanOrEqual(told);
        expect(scraped).toBeLessThanOrEqual(load.sent + kills);
      }
      service.signal('SIGKILL');
      expect(await service.exit).toBeNull();
      await load.stop();
      // What was told after the last scrape is lost, and four batches at most were not answered.
      expect(load.told + kills).toBeGreaterThanOrEqual(scraped - 400);
      expect(load.sent - load.told).toBeLessThanOrEqual(400);
      // Prometheus has seen more than the next process begins with.
      expect(await prometheus.value(`max_over_time(${http}[5m])`)).toBeGreaterThan(kills + 1);
    }
  });

  describe('with a STATE_DIR', () => {
    let directory: string;
    beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'kill-'))));
    afterEach(() => rmSync(directory, { recursive: true }));

    it('three times while a log grows: every line is counted, those since the last note twice', async () => {
      const log = join(directory, 'access.log');
      const line = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';
      writeFileSync(log, '');
      let written = 0;
      const start = (): ServiceProcess =>
        new ServiceProcess({ SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: directory });
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
          const now = notedOffset(directory) / line.length;
          if (now !== standing.at(-1)) standing.push(now);
          else scraped[standing.length] = seen;
        }
        service.signal('SIGKILL');
        await service.exit;
        noted = notedOffset(directory) / line.length;
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
