// What kubectl makes of deploy/kubernetes: whether its objects are valid, and agree with each other and with the service.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { readSettings, SETTINGS_BY_ROOM } from '../../src/settings.js';
import { ROOT } from '../process.js';
import { TemporaryFolder } from '../temporary-folder.js';
import {
  type DaemonSet,
  type Deployment,
  kustomize,
  type NetworkPolicy,
  type PodMonitor,
  type Resource,
  type Service,
} from './kubernetes.js';
import { wrongFields, wrongValues } from './kubernetes-schemas.js';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The example for production with HTTPS as well, as its comment says. */
function productionWithTls(): Resource[] {
  using copy = new TemporaryFolder();
  for (const folder of ['deploy/kubernetes', 'prom/grafana/dashboards'])
    cpSync(join(ROOT, folder), copy.file(folder), { recursive: true });
  const overlay = 'deploy/kubernetes/overlays/production';
  const text = textOf(`${overlay}/kustomization.yaml`);
  const added = text.replace('components:\n', '$&  - ../../components/tls\n');
  writeFileSync(copy.file(`${overlay}/kustomization.yaml`), added);
  return kustomize(copy.file(overlay));
}

const base = kustomize(join(ROOT, 'deploy/kubernetes/base'));
const production = kustomize(join(ROOT, 'deploy/kubernetes/overlays/production'));
const encrypted = productionWithTls();
const nodeLogs = kustomize(join(ROOT, 'deploy/kubernetes/node-logs'));
const search = kustomize(join(ROOT, 'deploy/kubernetes/elasticsearch'));

/** The objects that the tests read, and the settings that the Deployment names. */
function read(all: readonly Resource[]) {
  const deployment = all.find((one): one is Deployment => one.kind === 'Deployment');
  const monitor = all.find((one): one is PodMonitor => one.kind === 'PodMonitor');
  const service = all.find((one): one is Service => one.kind === 'Service');
  const policies = all.filter((one): one is NetworkPolicy => one.kind === 'NetworkPolicy');
  if (!deployment || !monitor || !service) throw new Error('an object is missing');
  const { template } = deployment.spec;
  const [container] = template.spec.containers;
  const [{ configMapRef }] = container.envFrom;
  const variables = all.find(({ metadata }) => metadata.name === configMapRef.name)?.data ?? {};
  const files = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));
  const [endpoint] = monitor.spec.podMetricsEndpoints;
  const none = Object.fromEntries(files.map(([name]) => [name, '']));
  const settings = readSettings({ ...variables, ...none }); // none of the files is here
  return {
    deployment,
    template,
    container,
    monitor,
    endpoint,
    service,
    policies,
    variables,
    files,
    settings,
  };
}

const settingNames = Object.values(SETTINGS_BY_ROOM).flatMap((fields) => Object.keys(fields));

describe.each([
  ['base', base],
  ['overlays/production', production],
  ['overlays/production with components/tls', encrypted],
])('%s', (_name, all) => {
  const { deployment, template, container, monitor, endpoint, service, policies, ...configured } = read(all);
  const { variables, files, settings } = configured;
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];

  it('is what the schemas of Kubernetes and of the Prometheus operator allow', async () => {
    expect(await wrongValues(all)).toEqual([]);
    expect(wrongFields(all)).toEqual([]);
  });

  it('selects its pods wherever it selects, and leaves their number to the autoscaler', () => {
    const selectors = [
      deployment.spec.selector.matchLabels,
      monitor.spec.selector.matchLabels,
      service.spec.selector,
      ...policies.map(({ spec }) => spec.podSelector.matchLabels),
    ];
    for (const labels of selectors) expect(template.metadata.labels).toMatchObject(labels);
    const { kind, metadata } = deployment;
    expect(all.find((one) => one.kind === 'HorizontalPodAutoscaler')).toMatchObject({
      spec: { scaleTargetRef: { kind, name: metadata.name } },
    });
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(all.find((one) => one.kind === 'PodDisruptionBudget')).toMatchObject({
      spec: { selector: deployment.spec.selector },
    });
  });

  it('is the job that the rules ask for', () => {
    expect(template.metadata.labels[monitor.spec.jobLabel]).toBe('service-collector');
  });

  it('asks for what the service answers and lets others in where it listens', () => {
    expect(container.ports).toEqual([{ name: 'http', containerPort: settings.PORT }]);
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/-/ready', '/-/ready', '/-/healthy']);
    expect(endpoint.path).toBe('/metrics');
    const ports = [
      ...probes.map(({ httpGet }) => httpGet.port),
      endpoint.port,
      ...service.spec.ports.map(({ targetPort }) => targetPort),
      ...policies
        .flatMap(({ spec }) => spec.ingress ?? [])
        .flatMap((door) => door.ports.map(({ port }) => port)),
    ];
    expect(new Set(ports)).toEqual(new Set(['http']));
  });

  it('is asked by HTTPS where it has a certificate, and by HTTP elsewhere', () => {
    const scheme = files.some(([name]) => name === 'TLS_CERT_FILE') ? 'https' : 'http';
    expect(scheme).toBe(all === encrypted ? 'https' : 'http');
    for (const { httpGet } of probes) expect(httpGet.scheme ?? 'HTTP').toBe(scheme.toUpperCase());
    expect(endpoint.scheme ?? 'http').toBe(scheme);
    expect(service.spec.ports[0].appProtocol).toBe(scheme);
  });

  it('runs without root, capabilities and a writable file system', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('gives it the memory that docker-compose.yml does', () => {
    const compose: unknown = parse(textOf('docker-compose.yml'), { merge: true });
    const [{ name, value }] = container.env;
    const memory = container.resources.limits.memory.replace('Mi', 'm');
    expect(compose).toHaveProperty('services.service-collector.mem_limit', memory);
    expect(compose).toHaveProperty(`services.service-collector.environment.${name}`, value);
  });

  it('is the version that package.json names', () => {
    const { version }: { version: string } = JSON.parse(textOf('package.json'));
    expect(container.image).toMatch(new RegExp(`(^|/)service-collector:${version}$`));
  });

  it('sends nothing to a new pod before Prometheus can have scraped it', () => {
    const discovery = 5; // seconds: DiscoveryManager's updates, in Prometheus' discovery/manager.go
    const delay = container.readinessProbe.initialDelaySeconds;
    expect(delay).toBeGreaterThanOrEqual(discovery + Number.parseInt(endpoint.interval));
  });

  it('leaves a stop the time for a last scrape, and for its end', () => {
    const { SHUTDOWN_TIMEOUT_SECONDS } = settings;
    const interval = Number(/^(\d+)s$/.exec(endpoint.interval)?.[1]);
    expect(SHUTDOWN_TIMEOUT_SECONDS / 2).toBeGreaterThan(interval); // the other half is for the sources
    const pause = container.lifecycle.preStop.sleep.seconds;
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + SHUTDOWN_TIMEOUT_SECONDS);
  });

  it('sets nothing but settings', () => {
    expect(variables).not.toEqual({});
    expect(settingNames).toEqual(expect.arrayContaining(Object.keys(variables)));
  });

  it('names files and keys of the Secrets that deploy/kubernetes/README.md lists', () => {
    const [{ mountPath }] = container.volumeMounts;
    for (const [, path] of files) expect(path).toMatch(new RegExp(`^${mountPath}/[^/]+$`));
    const { authorization, tlsConfig } = endpoint;
    const named = files.map(([, path]) => path.slice(mountPath.length + 1));
    const sent = [authorization?.credentials.key ?? [], tlsConfig?.ca.secret.key ?? []].flat();
    const listed = Array.from(
      textOf('deploy/kubernetes/README.md').matchAll(/^\| `.*\| `[\w-]+`: (.*?) *\|$/gm),
      ([, keys = '']) => keys.split(', '),
    );
    expect(listed.flat()).toEqual(expect.arrayContaining([...named, ...sent].map((key) => `\`${key}\``)));
  });

  it('has every dashboard as a ConfigMap for the sidecar of Grafana', () => {
    const maps = all.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
    const names = readdirSync(join(ROOT, 'prom/grafana/dashboards')).filter((name) => name.endsWith('.json'));
    expect(names).not.toEqual([]);
    expect(maps.flatMap(({ data = {} }) => Object.keys(data)).toSorted()).toEqual(names.toSorted());
  });
});

describe('overlays/production', () => {
  const { policies, settings } = read(production);

  it('shows nothing simulated', () => {
    expect(settings.SIMULATOR).toBe('off');
  });

  it('lets its pods reach DNS and the brokers of its settings, and nothing else', () => {
    const brokers = settings.NATS_URL.map((url) => new URL(url));
    expect(brokers).not.toEqual([]);
    const ways = policies
      .flatMap(({ spec }) => spec.egress ?? [])
      .flatMap(({ to: [{ namespaceSelector }], ports }) =>
        ports.map(({ port, protocol = 'TCP' }) => [
          namespaceSelector.matchLabels['kubernetes.io/metadata.name'],
          `${protocol} ${port}`,
        ]),
      );
    expect(ways).toEqual([
      ['kube-system', 'UDP 53'],
      ['kube-system', 'TCP 53'],
      ...brokers.map(({ hostname, port }) => [hostname.split('.')[1], `TCP ${port}`]),
    ]);
  });

  it('has in it every object that a file of deploy/kubernetes describes', () => {
    const folder = join(ROOT, 'deploy/kubernetes');
    const described = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
      .map((file): Resource => parse(readFileSync(join(folder, file), 'utf8')));
    const nameOf = ({ kind, metadata }: Resource): string => `${kind} ${metadata.name}`;
    const all = [...production, ...nodeLogs, ...search];
    expect(all.map(nameOf)).toEqual(expect.arrayContaining(described.map(nameOf)));
  });
});

describe('node-logs', () => {
  const daemonSet = nodeLogs.find((one): one is DaemonSet => one.kind === 'DaemonSet');
  if (!daemonSet) throw new Error('an object is missing');
  const { selector, template } = daemonSet.spec;
  const [container] = template.spec.containers;
  const { data = {} } =
    nodeLogs.find(({ metadata }) => metadata.name === container.envFrom[0].configMapRef.name) ?? {};

  it('is what the schemas of Kubernetes allow, and selects its pods', async () => {
    expect(await wrongValues(nodeLogs)).toEqual([]);
    expect(wrongFields(nodeLogs)).toEqual([]);
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  });

  it('mounts the logs that it reads, and keeps its state on the host', () => {
    const settings = readSettings(data);
    expect(settingNames).toEqual(expect.arrayContaining(Object.keys(data)));
    const mounts = new Map(container.volumeMounts.map(({ mountPath, name }) => [mountPath, name]));
    const hostPaths = new Map(template.spec.volumes.map(({ name, hostPath }) => [name, hostPath.path]));
    for (const { path } of settings.ACCESS_LOGS) expect(path).toMatch(/^\/var\/log\//);
    expect(hostPaths.get(mounts.get('/var/log') ?? '')).toBe('/var/log');
    expect(hostPaths.get(mounts.get(settings.STATE_DIR ?? '') ?? '')).toBe(settings.STATE_DIR);
  });
});

describe('elasticsearch', () => {
  it('is one pod that keeps its state, as the schemas of Kubernetes allow, with the settings of the service', async () => {
    expect(await wrongValues(search)).toEqual([]);
    expect(wrongFields(search)).toEqual([]);
    const deployment = search.find(({ kind }) => kind === 'Deployment');
    expect(deployment).toMatchObject({ spec: { replicas: 1, strategy: { type: 'Recreate' } } });
    const claim = search.find(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claim).toMatchObject({ spec: { accessModes: ['ReadWriteOncePod'] } });
    const { ELASTICSEARCH_API_KEY_FILE: key, ...data } =
      search.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const { STATE_DIR, ELASTICSEARCH_ENV } = readSettings(data);
    expect(ELASTICSEARCH_ENV).toBe('production');
    expect(JSON.stringify(deployment)).toContain(`"mountPath":"${STATE_DIR}"`);
    expect(JSON.stringify(deployment)).toContain(`"mountPath":"${dirname(key ?? '')}"`);
  });
});

describe('the check against the schemas', () => {
  const account = base.find(({ kind }) => kind === 'ServiceAccount');
  const budget = base.find(({ kind }) => kind === 'PodDisruptionBudget');
  if (!account || !budget) throw new Error('an object is missing');

  it('finds a field that there is not', () => {
    const wrong = { ...account, automountServiceAccount: false };
    expect(wrongFields([wrong])).toEqual([
      expect.stringMatching(/"automountServiceAccount"' does not exist/),
    ]);
  });

  it('finds a value that is not allowed', async () => {
    const wrong = { ...budget, spec: { maxUnavailable: true } };
    expect(await wrongValues([wrong])).toEqual([expect.stringContaining('maxUnavailable')]);
  });
});
