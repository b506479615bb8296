import { writeFileSync } from 'node:fs';
import { accountOf } from '../accounting.js';
import { ServiceProcess } from '../process.js';
import { Program } from '../program.js';
import { connect, push, scrape, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';
import { Prometheus } from './prometheus.js';
import { expectFigures, launch, Visit } from './visit.js';

const VALID = { env: 'production', statuscode: 200 };

/** Starts a proxy with a configuration, and waits until it answers. */
async function start(
  command: readonly string[],
  folder: TemporaryFolder,
  configuration: string,
  url: string,
): Promise<Program> {
  writeFileSync(folder.file('proxy.conf'), `${configuration}\n`);
  const proxy = new Program(command, { cwd: folder.path });
  const ended = proxy.exit.then((): never => {
    throw new Error(proxy.output);
  });
  await Promise.race([
    ended,
    until(
      () => statusOf(url),
      (status) => status === 200,
    ),
  ]);
  return proxy;
}

const statusOf = (url: string): Promise<number | undefined> =>
  fetch(url).then(
    ({ status }) => status,
    () => undefined,
  );

const nginxConfiguration = (server: string): string => `
  user root; daemon off; master_process off; pid nginx.pid; events {}
  http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    ${server}
  }`;

const location = (path: string, service: string): string => `
  location ${path} {
    proxy_pass ${service}/;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
  }`;

describe('behind a real nginx, under paths of their own,', () => {
  it('two services show their pages in a browser, each with its own token, and take observations', async () => {
    const browser = await launch();
    using folder = new TemporaryFolder();
    await using service = new ServiceProcess({ METRICS_TOKEN: 'one' });
    await using other = new ServiceProcess({ SIMULATOR: 'off', METRICS_TOKEN: 'two' });
    const { url } = await service.listening();
    const otherAddress = await other.listening();
    const address = await freeAddress();
    await using nginx = await start(
      ['nginx', '-p', folder.path, '-c', 'proxy.conf', '-e', 'error.log'],
      folder,
      nginxConfiguration(
        `server { listen ${address}; ${location('/collector/', url)} ${location('/other/', otherAddress.url)} }`,
      ),
      `http://${address}/collector/-/ready`,
    );
    expect(nginx.output).toBe('');
    await using visit = await Visit.open(browser, `http://${address}/collector`);
    expect(visit.page.url()).toBe(`http://${address}/collector/`);
    const give = async (token: string): Promise<void> => {
      await visit.page.getByLabel('Token', { exact: true }).fill(token);
      await visit.page.getByRole('button', { name: 'Show the metrics' }).click();
      await visit.shown();
    };
    await give('one');
    await visit.pass(3);
    await expectFigures(visit);
    for (const link of await visit.page.locator('footer a, nav a').all())
      expect(await link.evaluate((a: { href?: string }) => a.href)).toMatch(`http://${address}/collector/`);

    await visit.page.goto(`http://${address}/other/`);
    await visit.page.getByText('Token needed').waitFor();
    await visit.tick();
    expect(await visit.page.locator('#token-problem').textContent()).toBe('');
    await give('two');
    const command = (await visit.page.locator('#curl').textContent()) ?? '';
    expect(command).toContain(`curl http://${address}/other/observations `);
    expect(await (await push({ url: `http://${address}/other` }, VALID)).json()).toEqual({ recorded: 1 });
    const client = await connect({ url: `http://${address}/other` }, '/ws/a', {
      origin: `http://${address}`,
    });
    client.close();
    await browser.close();
  });
});

it('two Prometheis behind an nginx that opens a connection for each request both get the last values', async () => {
  using folder = new TemporaryFolder();
  await using service = new ServiceProcess({ SIMULATOR: 'off' });
  const { url } = await service.listening();
  const address = await freeAddress();
  await using nginx = await start(
    ['nginx', '-p', folder.path, '-c', 'proxy.conf', '-e', 'error.log'],
    folder,
    nginxConfiguration(`server { listen ${address}; location / { proxy_pass ${url}; } }`),
    `http://${address}/-/ready`,
  );
  const scraped = { file: 'prom/prometheus.yml', addresses: { 'localhost:8080': address } };
  expect(nginx.output).toBe('');
  await using first = await Prometheus.start(scraped);
  await using second = await Prometheus.start(scraped);
  const last = async (prometheus: Prometheus): Promise<number | undefined> => {
    const query = 'last_over_time(service_collector_observations_total{source="http"}[1m])';
    return (await prometheus.query(query))[0]?.value;
  };
  for (let count = 1; count <= 4; count++) {
    await push({ url }, VALID);
    for (const prometheus of [first, second])
      await until(
        () => last(prometheus),
        (value) => value === count,
      );
  }
  await push({ url }, VALID);
  service.signal('SIGTERM');
  expect(await service.exit).toBe(0);
  expect(service.output).toMatch(
    /outstanding scrapers: 2, "127.0.0.1 Prometheus.*" \(2 by their intervals\)/,
  );
  expect([await last(first), await last(second)]).toEqual([5, 5]);
});

describe('HAProxy', () => {
  const configuration = (address: string, port: number, check: string): string => `
    defaults
      mode http
      timeout connect 5s
      timeout check 60s
      timeout client 60s
      timeout server 60s
      option httpchk ${check}
    frontend in
      bind ${address}
      option forwardfor
      default_backend service
    backend service
      server one 127.0.0.1:${port} check inter 20ms fall 1 rise 1`;

  it.each(['', 'OPTIONS *', 'HEAD /-/ready', 'GET /-/ready'])(
    'finds the service healthy with `option httpchk %s`',
    async (check) => {
      using folder = new TemporaryFolder();
      await using service = new ServiceProcess({ SIMULATOR: 'off' });
      const { port, url } = await service.listening();
      const address = await freeAddress();
      await using haproxy = await start(
        ['haproxy', '-db', '-f', 'proxy.conf'],
        folder,
        configuration(address, port, check),
        `http://${address}/some`,
      );
      const checks = async (): Promise<number> => {
        const series = [...(await scrape({ url }))].filter(([name]) =>
          /_duration_seconds_count\{/.test(name),
        );
        const expected = check.startsWith('OPTIONS') || check === '' ? 'OPTIONS' : check.slice(0, 4).trim();
        return series.reduce((sum, [name, value]) => (name.includes(`"${expected}"`) ? sum + value : sum), 0);
      };
      await until(checks, (count) => count >= 3);
      expect(haproxy.output).not.toMatch(/DOWN/);
      await push({ url: `http://${address}` }, VALID);
      expect((await accountOf({ url }, 'http')).recorded).toBe(1);
    },
  );
});
