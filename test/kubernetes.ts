// What deploy/kubernetes puts together, as the tests read it.
import { join } from 'node:path';
import { z } from 'zod';
import { readSettings, type Settings } from '../src/settings.js';
import type { Resource } from './kustomization.js';
import { ROOT } from './process.js';

export const FOLDER = join(ROOT, 'deploy/kubernetes');

/** The label that everything is selected by. */
export const NAME = 'app.kubernetes.io/name';

const labels = z.record(z.string(), z.string());
const selector = z.object({ matchLabels: labels });
const probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.string(), scheme: z.string().default('HTTP') }),
});

const container = z.object({
  image: z.string(),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  readinessProbe: probe.extend({ initialDelaySeconds: z.number() }),
  livenessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
  securityContext: z.unknown(),
  volumeMounts: z.tuple([z.object({ name: z.string(), mountPath: z.string() })]),
});

const source = z.object({ secret: z.object({ name: z.string() }) });

const pod = z.object({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.unknown(),
  topologySpreadConstraints: z.array(z.object({ topologyKey: z.string(), labelSelector: selector })),
  containers: z.tuple([container]),
  volumes: z.tuple([z.object({ name: z.string(), projected: z.object({ sources: z.array(source) }) })]),
});

export const deployment = z.object({
  spec: z.object({ selector, template: z.object({ metadata: z.object({ labels }), spec: pod }) }),
});

const endpoint = z.object({
  port: z.string(),
  path: z.string(),
  interval: z.string(),
  scheme: z.string().default('http'),
  tlsConfig: z.unknown().optional(),
  authorization: z.unknown().optional(),
});

export const podMonitor = z.object({
  spec: z.object({ jobLabel: z.string(), selector, podMetricsEndpoints: z.tuple([endpoint]) }),
});

export const service = z.object({
  spec: z.object({ ports: z.tuple([z.object({ appProtocol: z.string(), targetPort: z.unknown() })]) }),
});

/** Where a policy lets pods go to: namespaces, by name, with the ports there. */
export const egress = z
  .object({
    spec: z.object({
      egress: z.array(
        z.object({
          to: z.tuple([z.object({ namespaceSelector: selector })]),
          ports: z.array(z.object({ port: z.number(), protocol: z.string().default('TCP') })),
        }),
      ),
    }),
  })
  .transform(({ spec }) =>
    spec.egress.flatMap(({ to: [{ namespaceSelector }], ports }) =>
      ports.map(
        ({ port, protocol }) =>
          `${namespaceSelector.matchLabels['kubernetes.io/metadata.name']} ${protocol} ${port}`,
      ),
    ),
  );

const target = z.object({ kind: z.literal('Deployment'), name: z.string() });

/** The labels of the pods that an object selects; an autoscaler selects by the name of a workload. */
export const selectedBy = z
  .object({
    spec: z.union([
      z.object({ podSelector: selector }).transform(({ podSelector }) => podSelector.matchLabels),
      z.object({ scaleTargetRef: target }).transform(({ scaleTargetRef: { name } }) => ({ [NAME]: name })),
      z.object({ selector: z.union([selector.transform(({ matchLabels }) => matchLabels), labels]) }),
    ]),
  })
  .transform(({ spec }) => ('selector' in spec ? spec.selector : spec));

/** The ports at which a policy lets others in. */
export const ingress = z.object({
  spec: z.object({
    ingress: z.array(z.object({ ports: z.array(z.object({ port: z.unknown() })) })).default([]),
  }),
});

/** Fails if there is none. */
export function named(all: readonly Resource[], kind: string, name = 'service-collector'): Resource {
  const found = all.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** The settings that the service starts with, but for those that name files of Secrets, which are not here. */
export function settingsOf(all: readonly Resource[]): Settings {
  const variables = Object.entries(named(all, 'ConfigMap').data ?? {});
  return readSettings(Object.fromEntries(variables.filter(([name]) => !name.endsWith('_FILE'))));
}
