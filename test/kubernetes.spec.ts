import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { dashboardFiles } from './dashboards.js';
import {
  deployment,
  egress,
  FOLDER,
  ingress,
  NAME,
  named,
  podMonitor,
  selectedBy,
  service,
  settingsOf,
} from './kubernetes.js';
import { wrongFields, wrongValues } from './kubernetes-schemas.js';
import { readKustomization } from './kustomization.js';
import { assemble } from './kustomize.js';
import { ROOT } from './process.js';

const production = join(FOLDER, 'overlays/production');
const assembled = [
  ['base', assemble(join(FOLDER, 'base'))],
  ['overlays/production', assemble(production)],
  ['overlays/production and components/tls', assemble(production, ['../../components/tls'])],
] as const;

describe.each(assembled)('%s', (_name, all) => {
  const { selector, template } = deployment.parse(named(all, 'Deployment')).spec;
  const pod = template.spec;
  const [container] = pod.containers;
  const settings = named(all, 'ConfigMap').data ?? {};
  const monitor = podMonitor.parse(named(all, 'PodMonitor')).spec;
  const [endpoint] = monitor.podMetricsEndpoints;

  it('is what the schemas of Kubernetes and of the Prometheus operator allow', async () => {
    expect(await wrongValues(all)).toEqual([]);
    expect(wrongFields(all)).toEqual([]);
  });

  it('labels everything but the namespace as one application', () => {
    const others = all.filter(
      ({ metadata, kind }) => kind !== 'Namespace' && !metadata.name.endsWith('dashboard'),
    );
    for (const { metadata } of others) expect(metadata.labels).toHaveProperty([NAME], 'service-collector');
  });

  it('selects its pods wherever it selects', () => {
    const kinds = [
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'HorizontalPodAutoscaler',
      'PodMonitor',
    ];
    const selecting = all.filter(({ kind }) => kinds.includes(kind));
    expect(new Set(selecting.map(({ kind }) => kind))).toEqual(new Set(kinds));
    for (const one of selecting) expect(template.metadata.labels).toMatchObject(selectedBy.parse(one));
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  });

  it('spreads its pods over zones and nodes', () => {
    const spread = pod.topologySpreadConstraints;
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    for (const { labelSelector } of spread)
      expect(template.metadata.labels).toMatchObject(labelSelector.matchLabels);
  });

  it('leaves the number of replicas to the autoscaler, and gives drained nodes one at a time', () => {
    expect(named(all, 'Deployment')).not.toHaveProperty('spec.replicas');
    expect(named(all, 'HorizontalPodAutoscaler')).toHaveProperty('spec.minReplicas', 3);
    expect(named(all, 'PodDisruptionBudget')).toHaveProperty('spec.maxUnavailable', 1);
  });

  it('is asked by HTTPS where it has a certificate, and by HTTP elsewhere', () => {
    const encrypted = 'TLS_CERT_FILE' in settings;
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    expect(probes.map(({ httpGet }) => httpGet.scheme)).toEqual(Array(3).fill(encrypted ? 'HTTPS' : 'HTTP'));
    const scheme = encrypted ? 'https' : 'http';
    expect(endpoint.scheme).toBe(scheme);
    expect(service.parse(named(all, 'Service')).spec.ports[0].appProtocol).toBe(scheme);
    const ca = { secret: { name: 'service-collector-tls', key: 'ca.crt' } };
    expect(endpoint.tlsConfig).toEqual(encrypted ? { serverName: 'service-collector', ca } : undefined);
  });

  it('runs without root, capabilities, a writable file system and a token for the API server', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(named(all, 'ServiceAccount', pod.serviceAccountName)).toHaveProperty(
      'automountServiceAccountToken',
      false,
    );
  });

  it('gives it the memory that docker-compose.yml does', () => {
    const compose: unknown = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
    const [variable] = container.env;
    expect(compose).toHaveProperty(
      'services.service-collector.mem_limit',
      container.resources.limits.memory.replace('Mi', 'm'),
    );
    expect(compose).toHaveProperty(
      `services.service-collector.environment.${variable?.name}`,
      variable?.value,
    );
  });

  it('asks for what the service answers, where it listens', () => {
    const { PORT } = settingsOf(all);
    expect(container.ports).toEqual([{ name: 'http', containerPort: PORT }]);
    expect(container.startupProbe.httpGet).toMatchObject({ path: '/-/ready', port: 'http' });
    expect(container.readinessProbe.httpGet).toMatchObject({ path: '/-/ready', port: 'http' });
    expect(container.livenessProbe.httpGet).toMatchObject({ path: '/-/healthy', port: 'http' });
    expect(endpoint).toMatchObject({ port: 'http', path: '/metrics' });
  });

  it('lets in and leads on to the port where it listens, by its name', () => {
    const doors = all
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .flatMap((one) => ingress.parse(one).spec.ingress);
    const ports = doors.flatMap((door) => door.ports.map(({ port }) => port));
    const targets = service.parse(named(all, 'Service')).spec.ports.map(({ targetPort }) => targetPort);
    expect(new Set([...ports, ...targets])).toEqual(new Set(['http']));
  });

  it('is the version that package.json names', () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(container.image).toMatch(new RegExp(`(^|/)service-collector:${version}$`));
  });

  it('sends nothing to a new pod before Prometheus can have scraped it', () => {
    const interval = Number.parseInt(endpoint.interval);
    const discovery = 5; // seconds: DiscoveryManager's updates, in Prometheus' discovery/manager.go
    expect(container.readinessProbe.initialDelaySeconds).toBeGreaterThanOrEqual(discovery + interval);
  });

  it('leaves a stop the time for a last scrape, and for its end', () => {
    const { SHUTDOWN_TIMEOUT_SECONDS } = settingsOf(all);
    const interval = Number(/^(\d+)s$/.exec(endpoint.interval)?.[1]);
    expect(SHUTDOWN_TIMEOUT_SECONDS / 2).toBeGreaterThan(interval); // the other half is for the sources
    const pause = container.lifecycle.preStop.sleep.seconds;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(pause + SHUTDOWN_TIMEOUT_SECONDS);
  });

  it('is the job that the rules ask for', () => {
    expect(monitor.jobLabel).toBe(NAME);
    expect(template.metadata.labels[NAME]).toBe('service-collector');
  });

  it('hands over its settings, and files only of Secrets that are mounted', () => {
    expect(container.envFrom).toEqual([{ configMapRef: { name: 'service-collector' } }]);
    const [{ name: volume, mountPath }] = container.volumeMounts;
    expect(volume).toBe(pod.volumes[0].name);
    const files = Object.entries(settings).filter(([name]) => name.endsWith('_FILE'));
    for (const [, path] of files) expect(path).toMatch(new RegExp(`^${mountPath}/[\\w.-]+$`));
    const secrets = pod.volumes.flatMap(({ projected }) =>
      projected.sources.map(({ secret }) => secret.name),
    );
    expect(secrets).toEqual(['tokens', 'nats', 'tls'].map((name) => `service-collector-${name}`));
  });

  it('has every dashboard as a ConfigMap for the sidecar of Grafana', () => {
    const maps = all.filter(({ metadata }) => metadata.labels['grafana_dashboard'] === '1');
    const data = Object.assign({}, ...maps.map((map) => map.data));
    const files = dashboardFiles.map((file) => [
      file,
      readFileSync(join(ROOT, 'prom/grafana/dashboards', file), 'utf8'),
    ]);
    expect(data).toEqual(Object.fromEntries(files));
  });
});

describe('the overlay for production', () => {
  const [, [, all]] = assembled;

  it('shows nothing simulated', () => {
    expect(settingsOf(all)).toMatchObject({ SIMULATOR: 'off' });
  });

  it('lets only pods into its namespace that are restricted, as its own are', () => {
    const { name, labels } = named(all, 'Namespace').metadata;
    expect(labels).toEqual(expect.objectContaining({ 'pod-security.kubernetes.io/enforce': 'restricted' }));
    const others = all.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set([name]));
  });

  it('lets its pods reach DNS and the brokers of its settings, and nothing else', () => {
    const brokers = settingsOf(all).NATS_URL.map((url) => {
      const { hostname, port } = new URL(url);
      return `${hostname.split('.')[1]} TCP ${port}`;
    });
    expect(brokers).not.toEqual([]);
    const policy = named(all, 'NetworkPolicy', 'service-collector-nats');
    expect(egress.parse(policy)).toEqual(['kube-system UDP 53', 'kube-system TCP 53', ...brokers]);
    expect(named(all, 'NetworkPolicy')).toHaveProperty('spec.egress', []);
  });

  it('has Prometheus send one token of the Secret that the service reads', () => {
    const token = { name: 'service-collector-tokens', key: 'metrics-token' };
    const { podMetricsEndpoints } = podMonitor.parse(named(all, 'PodMonitor')).spec;
    expect(podMetricsEndpoints[0].authorization).toEqual({ credentials: token });
    expect(named(all, 'ConfigMap').data?.['METRICS_TOKEN_FILE']).toMatch(/\/metrics-tokens$/);
  });
});

describe('deploy/kubernetes', () => {
  it.each(['base', 'components/nats', 'components/tokens', 'components/tls'])(
    'sets in %s what docs/configuration.md lists',
    (folder) => {
      const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
      const [map] = readKustomization(join(FOLDER, folder)).configMapGenerator;
      const names = map?.literals.map((literal) => literal.split('=', 1)[0] ?? '') ?? [];
      expect(names).not.toEqual([]);
      for (const name of names) expect(page).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
    },
  );

  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  const folders = files
    .filter((file) => file.endsWith('kustomization.yaml'))
    .map((file) => join(FOLDER, file, '..'));

  it('has no file that no kustomization names', () => {
    const used = new Set(
      folders.flatMap((folder) => readKustomization(folder).resources.map((path) => join(folder, path))),
    );
    const others = files.filter((file) => !file.endsWith('kustomization.yaml'));
    expect(others.filter((file) => !used.has(join(FOLDER, file)))).toEqual([]);
  });

  it('has the rules of prom/rules, as `npm run generate` writes them', () => {
    const printed = execFileSync('node', [join(FOLDER, 'prometheus-rule.js')], { encoding: 'utf8' });
    expect(readFileSync(join(FOLDER, 'base/prometheus-rule.yaml'), 'utf8')).toBe(printed);
    const rules = readdirSync(join(ROOT, 'prom/rules')).filter((file) => file.endsWith('.yml'));
    const groups = rules.flatMap(
      (file): unknown[] => parse(readFileSync(join(ROOT, 'prom/rules', file), 'utf8')).groups,
    );
    expect(parse(printed)).toHaveProperty('spec', { groups });
  });
});

describe('the check against the schemas', () => {
  const [[, all]] = assembled;
  const account = named(all, 'ServiceAccount');
  const budget = named(all, 'PodDisruptionBudget');

  it('finds a field that there is not', () => {
    const [problem, ...others] = wrongFields([{ ...account, automountServiceAccount: false }]);
    expect(problem).toMatch(/"automountServiceAccount"' does not exist/);
    expect(others).toEqual([]);
  });

  it('finds a value that is not allowed', async () => {
    const [problem, ...others] = await wrongValues([{ ...budget, spec: { maxUnavailable: true } }]);
    expect(problem).toContain('maxUnavailable');
    expect(others).toEqual([]);
  });
});
