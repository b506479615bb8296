// What kubectl makes of deploy/kubernetes, as far as the tests read it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../process.js';

type Labels = Record<string, string>;

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Labels };
  data?: Record<string, string>;
}

export interface Probe {
  httpGet: { path: string; port: string; scheme?: string };
  initialDelaySeconds?: number;
}

export interface Deployment extends Resource {
  spec: {
    replicas?: number;
    selector: { matchLabels: Labels };
    template: {
      metadata: { labels: Labels };
      spec: { terminationGracePeriodSeconds: number; securityContext: object; containers: [Container] };
    };
  };
}

export interface DaemonSet extends Resource {
  spec: {
    selector: { matchLabels: Labels };
    template: {
      metadata: { labels: Labels };
      spec: {
        containers: [
          {
            envFrom: [{ configMapRef: { name: string } }];
            volumeMounts: { name: string; mountPath: string }[];
          },
        ];
        volumes: { name: string; hostPath: { path: string } }[];
      };
    };
  };
}

interface Container {
  image: string;
  env: [{ name: string; value: string }];
  envFrom: [{ configMapRef: { name: string } }];
  ports: { name: string; containerPort: number }[];
  resources: { limits: { memory: string } };
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
  lifecycle: { preStop: { sleep: { seconds: number } } };
  securityContext: object;
  volumeMounts: [{ mountPath: string }];
}

export interface PodMonitor extends Resource {
  spec: {
    jobLabel: string;
    selector: { matchLabels: Labels };
    podMetricsEndpoints: [
      {
        port: string;
        path: string;
        interval: string;
        scheme?: string;
        tlsConfig?: { ca: { secret: { key: string } } };
        authorization?: { credentials: { key: string } };
      },
    ];
  };
}

export interface Service extends Resource {
  spec: { selector: Labels; ports: [{ targetPort: string; appProtocol: string }] };
}

export interface NetworkPolicy extends Resource {
  spec: {
    podSelector: { matchLabels: Labels };
    ingress?: { ports: { port: string | number }[] }[];
    egress?: {
      to: [{ namespaceSelector: { matchLabels: Labels } }];
      ports: { port: number; protocol?: string }[];
    }[];
  };
}

/** The objects that `kubectl apply --kustomize` of a folder sends. `.ci/programs` fetches kubectl. */
export function kustomize(folder: string): Resource[] {
  const printed = execFileSync(join(ROOT, 'build/programs/kubectl'), ['kustomize', folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return parseAllDocuments(printed).map((document): Resource => document.toJS());
}
