import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { NatsStub } from '../../nats-stub.js';
import { ServiceProcess } from '../../process.js';
import { PROMETHEUS, Scraper } from '../../scraper.js';
import { until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';

const BACKLOG = 60e9;

describe('a stop', () => {
  it('with two slow sources leaves time for the final scrape', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    writeFileSync(log, '');
    execFileSync('truncate', [`--size=${BACKLOG}`, log]);
    await using nats = await NatsStub.listen();
    await using service = new ServiceProcess({
      SIMULATOR: 'off',
      SHUTDOWN_TIMEOUT_SECONDS: '4',
      ACCESS_LOGS: `testing=${log}`,
      ACCESS_LOG_START: 'beginning',
      NATS_URL: nats.url,
    });
    using prometheus = new Scraper(await service.listening());
    await service.logged(/Taking observations from/);
    await prometheus.scrape();
    nats.answer = () => ''; // it has stopped answering
    service.signal('SIGTERM');
    await until(
      () =>
        prometheus.scrape().then(
          () => false,
          () => true,
        ),
      (closed) => closed,
    );
    expect(await service.exit).toBe(0);
    expect(service.output).toContain('Waiting for the final scrape, outstanding scrapers: 1');
    expect(service.output).not.toContain('No final scrape');
  });

  it('ends a second after its time although a disk hangs, and says what hung', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    const state = folder.file('state');
    execFileSync('mkdir', [state]);
    writeFileSync(log, '');
    await using service = new ServiceProcess({
      SIMULATOR: 'off',
      SHUTDOWN_TIMEOUT_SECONDS: '1',
      ACCESS_LOGS: `testing=${log}`,
      STATE_DIR: state,
    });
    await service.listening();
    expect(readdirSync(state)).toContain('state.json');
    // Whoever opens a named pipe to write waits for a reader, as for a disk that does not answer.
    execFileSync(
      'mkfifo',
      Array.from({ length: 9 }, (_, i) => `${state}/state.json.${i + 2}`),
    );
    writeFileSync(log, 'not a line of any format\n');
    service.signal('SIGTERM');
    expect(await service.exit).toBeNull();
    expect(service.output).toContain(
      'Shutdown did not finish within 1 s, exiting without waiting for the state',
    );
  });
});

describe('a disk of STATE_DIR that hangs', () => {
  it('holds up neither logs nor compressed pages', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    const state = folder.file('state');
    execFileSync('mkdir', [state]);
    writeFileSync(log, '');
    await using service = new ServiceProcess({
      SIMULATOR: 'off',
      ACCESS_LOGS: `testing=${log}`,
      STATE_DIR: state,
    });
    const { url } = await service.listening();
    const names = Array.from({ length: 32 }, (_, number) => `${state}/state.json.${number}`);
    execFileSync('mkfifo', names);
    const page = async (): Promise<string> => (await fetch(`${url}/metrics`, { headers: PROMETHEUS })).text();
    for (let lines = 1; lines < 7; lines++) {
      appendFileSync(log, '{"status":200}\n');
      const counted = `service_collector_observations_total{source="access_log"} ${lines}\n`;
      await until(page, (text) => text.includes(counted));
    }
  });
});
