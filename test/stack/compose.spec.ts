// Checks docker-compose.yml and what is laid over it against what this project promises of them. `.ci/run` has Compose read
// them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readSettings } from '../../src/settings.js';
import { elasticsearchFields } from '../../src/sources/elasticsearch/elasticsearch.settings.js';
import { ROOT } from '../process.js';
import { freePort, until } from '../service.js';

interface Service {
  profiles?: string[];
  command?: string[];
  image?: string;
  build?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[] };
  cap_add?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes?: Record<string, null>;
}

const read = (path: string): Compose => parse(readFileSync(join(ROOT, path), 'utf8'), { merge: true });
const compose = read('docker-compose.yml');
const admin = read('prom/grafana/admin.compose.yml');
const example = read('examples/nginx/docker-compose.yml');
const services = Object.entries(compose.services);

describe.each([
  ['docker-compose.yml', compose],
  ['examples/nginx/docker-compose.yml', example],
])('every service of %s', (_path, { services: named }) => {
  it.each(Object.entries(named))(
    '%s can neither write to its root nor gain a privilege, and takes no more than its share',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.stringMatching(/^\d+[mg]$/),
        pids_limit: expect.any(Number),
      });
      // nginx begins as root and makes its workers another user.
      expect(service.cap_add).toEqual(name === 'nginx' ? ['CHOWN', 'SETGID', 'SETUID'] : undefined);
    },
  );

  it.each(Object.entries(named))(
    '%s shares nothing with the machine but files, and ports of its own',
    (_name, service) => {
      for (const key of ['privileged', 'user', 'network_mode', 'pid', 'ipc', 'userns_mode', 'devices'])
        expect(service).not.toHaveProperty(key);
      const mounts = service.volumes ?? [];
      expect(mounts.filter((mount) => /^[/~]|docker\.sock/.test(mount))).toEqual([]);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    },
  );
});

describe('docker-compose.yml', () => {
  it('has Prometheus ask the DNS of Docker for every replica, at the port that the service listens on', () => {
    const name = 'service-collector';
    const target = { names: [name], type: 'A', port: readSettings({}).PORT, refresh_interval: '5s' };
    expect(compose.services).toHaveProperty(name);
    expect(parse(readFileSync(join(ROOT, 'prom/prometheus.compose.yml'), 'utf8'))).toMatchObject({
      scrape_configs: [{ job_name: 'prometheus' }, { job_name: name, dns_sd_configs: [target] }],
    });
  });

  it('publishes every port on 127.0.0.1 only', () => {
    const ports = services.map(([name, { ports: published = [] }]) => [name, published]);
    expect(Object.fromEntries(ports)).toEqual({
      'service-collector': [expect.stringMatching(/^127\.0\.0\.1:8080-\d+:8080$/)],
      nats: ['127.0.0.1:4222:4222'],
      opensearch: ['127.0.0.1:9200:9200'],
      documents: [],
      prometheus: ['127.0.0.1:9090:9090'],
      grafana: ['127.0.0.1:3000:3000'],
    });
  });

  it('names an exact version of every image that it does not build', () => {
    const images = services.filter(([, { build }]) => build === undefined).map(([, { image }]) => image);
    expect(images).toHaveLength(4);
    for (const image of images) expect(image).toMatch(/^[\w/]+:v?\d+\.\d+\.\d+(-alpine)?$/);
    const from = /^FROM (.*)$/m.exec(readFileSync(join(ROOT, 'prom/Dockerfile'), 'utf8'))?.[1];
    expect(images).toContain(from);
  });

  it('mounts files of the repository read-only, and volumes that it declares', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes);
    const files = mounts.filter((mount) => mount.startsWith('.'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(file).toMatch(/:ro$/);
    expect(files.filter((file) => !existsSync(join(ROOT, file.split(':')[0] ?? '')))).toEqual([]);
    const volumes = mounts.filter((mount) => !mount.startsWith('.')).map((mount) => mount.split(':')[0]);
    expect(new Set(volumes)).toEqual(new Set(Object.keys(compose.volumes ?? {})));
  });

  it('hands Prometheus its configuration and the rules that this names, as the image of Prometheus alone has them', () => {
    const { volumes = [] } = compose.services['prometheus'] ?? {};
    expect(volumes).toEqual(
      expect.arrayContaining([
        './prom/prometheus.compose.yml:/etc/prometheus/prometheus.yml:ro',
        './prom/rules:/etc/prometheus/rules:ro',
      ]),
    );
    for (const file of ['prom/prometheus.yml', 'prom/prometheus.compose.yml']) {
      expect(parse(readFileSync(join(ROOT, file), 'utf8'))).toHaveProperty('rule_files', ['rules/*.yml']);
    }
    const dockerfile = readFileSync(join(ROOT, 'prom/Dockerfile'), 'utf8');
    expect(dockerfile).toContain('ADD rules/*.yml /etc/prometheus/rules/\n');
  });

  it('waits only for services whose health is checked, until they are healthy', () => {
    const waits = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
    expect(waits.map(([name]) => name)).toEqual(['service-collector', 'prometheus']);
    for (const [name, { condition }] of waits) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]).toHaveProperty('healthcheck');
    }
  });

  it('lets every service be scaled', () => {
    for (const [, service] of services) expect(service).not.toHaveProperty('container_name');
  });

  it('hands over every setting, but for where it listens, which files it reads and how it is scraped', () => {
    const searchSettings = Object.keys(elasticsearchFields).filter(
      (name) => !/_FILE$|_(URL|PRESET|SECONDS|START)$/.test(name),
    );
    const kept = new Set(['HOST', 'PORT', 'ACCESS_LOGS', 'ACCESS_LOG_START', 'ACCESS_LOG_FORMAT_<ENV>']);
    const withoutDefault = ['MAX_CONNECTIONS', 'INGEST_TOKEN', 'NATS_STREAM', ...searchSettings];
    const names = [...Object.keys(readSettings({})).filter((name) => !kept.has(name)), ...withoutDefault];
    const expected = Object.fromEntries(names.map((name) => [name, `\${${name}:-}`]));
    const { NODE_OPTIONS: _heap, ...environment } = compose.services['service-collector']?.environment ?? {};
    expect(environment).toEqual(expected);
  });

  it('gives a graceful shutdown a little longer than it may take', () => {
    const seconds = readSettings({}).SHUTDOWN_TIMEOUT_SECONDS;
    expect(compose.services['service-collector']).toHaveProperty(
      'stop_grace_period',
      `\${SHUTDOWN_TIMEOUT_SECONDS:-${seconds}}s900ms`,
    );
  });

  it('shows a dashboard that is there when Grafana opens', () => {
    const { environment = {}, volumes = [] } = compose.services['grafana'] ?? {};
    const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    const [host = '', target = ''] =
      volumes.find((mount) => home.startsWith(mount.split(':')[1] ?? ''))?.split(':') ?? [];
    expect(existsSync(join(ROOT, host, home.slice(target.length)))).toBe(true);
  });
});

describe('the broker', () => {
  const { command = [], healthcheck, ports = [] } = compose.services['nats'] ?? {};

  it('is alone in its profile, and OpenSearch with its documents in another', () => {
    const profiles = services.flatMap(([name, { profiles: asked = [] }]) =>
      asked.map((profile) => [name, profile]),
    );
    expect(profiles).toEqual([
      ['nats', 'scale'],
      ['opensearch', 'search'],
      ['documents', 'search'],
    ]);
  });

  it('starts on its command line, with streams, and is healthy by its check', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nats-'));
    const [port, monitor] = [String(await freePort()), String(await freePort())];
    const actual = command.map((part) => part.replace('/data', directory).replace('8222', monitor));
    const child = spawn('nats-server', [...actual, `--port=${port}`], { stdio: 'ignore' });
    const url = (healthcheck?.test?.at(-1) ?? '').replace('8222', monitor);
    await until(
      () =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ok) => ok,
    );
    const varz: unknown = await (await fetch(url.replace('healthz', 'varz'))).json();
    expect(varz).toMatchObject({
      port: Number(port),
      jetstream: { config: { store_dir: `${directory}/jetstream` } },
    });
    expect(ports[0]).toMatch(/:4222$/); // its port where none is named
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(directory, { recursive: true });
  });
});

describe("Grafana's provisioning", () => {
  const provided = (path: string): unknown =>
    parse(readFileSync(join(ROOT, 'prom/grafana/provisioning', path), 'utf8'));
  const { volumes = [] } = compose.services['grafana'] ?? {};

  it('lies where Grafana looks for it', () => {
    expect(volumes).toContain('./prom/grafana/provisioning:/etc/grafana/provisioning:ro');
  });

  it('names the Prometheus beside it, at the port that this publishes, and how often that scrapes', () => {
    const [, port] = /:(\d+)$/.exec(compose.services['prometheus']?.ports?.[0] ?? '') ?? [];
    const { global }: { global: { scrape_interval: string } } = parse(
      readFileSync(join(ROOT, 'prom/prometheus.compose.yml'), 'utf8'),
    );
    expect(provided('datasources/prometheus.yml')).toMatchObject({
      datasources: [
        {
          type: 'prometheus',
          url: `http://prometheus:${port}`,
          isDefault: true,
          jsonData: { timeInterval: global.scrape_interval },
        },
      ],
    });
  });

  it('names the folder that the dashboards are mounted at', () => {
    const [, path] =
      volumes.find((mount) => mount.startsWith('./prom/grafana/dashboards:'))?.split(':') ?? [];
    expect(provided('dashboards/service-collector.yml')).toMatchObject({
      providers: [{ options: { path } }],
    });
  });
});

describe("Grafana's admin", () => {
  it('does not exist by default, while anyone may look', () => {
    expect(compose.services['grafana']?.environment).toMatchObject({
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    });
  });

  it('is made with a password that has to be given', () => {
    expect(admin.services['grafana']?.environment).toEqual({
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'false',
      GF_SECURITY_ADMIN_PASSWORD: expect.stringMatching(/^\$\{GRAFANA_ADMIN_PASSWORD:\?[^}]+\}$/),
    });
  });

  it('has no password, token or secret in a file', () => {
    const variables = [compose, admin].flatMap((file) =>
      Object.values(file.services).flatMap(({ environment = {} }) => Object.entries(environment)),
    );
    const secrets = variables.filter(([name]) => /PASSWORD|TOKEN|SECRET/.test(name));
    expect(secrets).not.toEqual([]);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:(-|\?[^}]*)\}$/);
  });
});
