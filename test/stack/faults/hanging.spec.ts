import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { NatsStub } from '../../nats-stub.js';
import { ServiceProcess } from '../../process.js';
import { PROMETHEUS, Scraper } from '../../scraper.js';
import { until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';

const BACKLOG = 60e9;

/** A service that follows an empty log and has a state. */
function follow(folder: TemporaryFolder, variables: NodeJS.ProcessEnv = {}): ServiceProcess {
  mkdirSync(folder.file('state'));
  writeFileSync(folder.file('access.log'), '');
  return new ServiceProcess({
    SIMULATOR: 'off',
    ACCESS_LOGS: `testing=${folder.file('access.log')}`,
    STATE_DIR: folder.file('state'),
    ...variables,
  });
}

/** Whoever opens a named pipe to write waits for a reader, as for a disk that does not answer. */
function hang(folder: TemporaryFolder): void {
  const names = Array.from({ length: 32 }, (_, slot) => folder.file(`state/state.json.${slot}`));
  execFileSync('mkfifo', names);
}

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
    await service.logged(/Receiving observations from/);
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
    expect(service.output).toMatch(/Waiting for the final scrape, outstanding scrapers: .*Prometheus/);
    expect(service.output).not.toContain('No final scrape');
  });

  it('ends a second after its time although a disk hangs, and says what hung', async () => {
    using folder = new TemporaryFolder();
    await using service = follow(folder, { SHUTDOWN_TIMEOUT_SECONDS: '1' });
    await service.listening();
    expect(readdirSync(folder.file('state'))).toContain('state.json');
    hang(folder);
    writeFileSync(folder.file('access.log'), 'not a line of any format\n');
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
    await using service = follow(folder);
    const { url } = await service.listening();
    hang(folder);
    const page = async (): Promise<string> => (await fetch(`${url}/metrics`, { headers: PROMETHEUS })).text();
    for (let lines = 1; lines < 7; lines++) {
      appendFileSync(folder.file('access.log'), '{"status":200,"request_time":"0.250"}\n');
      const counted = `service_collector_observations_total{source="access_log"} ${lines}\n`;
      await until(page, (text) => text.includes(counted));
    }
  });
});
