import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { follow } from './autoscaling.js';
import { LOADS, REPLICA, SCRAPE_INTERVAL, UTILIZATION } from './figures.js';
import { planFor } from './plan.js';
import { Random } from './random.js';
import { autoscalingText, planText, sharingText } from './report.js';
import { share } from './sharing.js';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('docs/scaling.md', () => {
  it.each([
    ['the plan', planText],
    ['how evenly replicas share', sharingText],
    ['how the autoscaler follows', autoscalingText],
  ])('shows %s as `npm run capacity` prints it', (_name, text) => {
    expect(read('docs/scaling.md')).toContain(`\`\`\`text\n${text()}\`\`\`\n`);
  });

  it('goes by what docs/performance.md measured, and what the manifests for Kubernetes say', () => {
    const soak = Array.from(
      read('docs/performance.md').matchAll(/^ {2}(?:POST|WebSocket) +([\d,]+)$/gm),
      ([, text = '']) => Number(text.replaceAll(',', '')),
    );
    expect(soak).toHaveLength(2);
    expect(REPLICA).toBe(soak.reduce((sum, value) => sum + value, 0));
    const base = (name: string): unknown => parse(read(`deploy/kubernetes/base/${name}.yaml`));
    expect(base('pod-monitor')).toHaveProperty('spec.podMetricsEndpoints.0.interval', `${SCRAPE_INTERVAL}s`);
    expect(base('horizontal-pod-autoscaler')).toHaveProperty(
      'spec.metrics.0.resource.target.averageUtilization',
      UTILIZATION * 100,
    );
  });
});

describe('a plan', () => {
  it.each(LOADS)(
    'for %d a second keeps every replica at what it is to use, and below its end without a zone',
    (load) => {
      const { busy, busyWithoutZone } = planFor(load);
      expect(busy).toBeLessThanOrEqual(UTILIZATION);
      expect(busyWithoutZone).toBeLessThan(1);
    },
  );
});

describe('what is dealt out at random', () => {
  it('is all for the only replica', () => {
    expect(share(new Random(1), 100, 1)).toEqual({ median: 1, worst: 1 });
  });

  it('is shared the more evenly the more there is', () => {
    const worst = [100, 1_000, 10_000].map((things) => share(new Random(1), things, 10).worst);
    expect(worst).toEqual(worst.toSorted((a, b) => b - a));
    expect(worst.at(-1)).toBeLessThan(1.2);
  });
});

describe('what waits while the autoscaler follows', () => {
  it('is nothing as long as the replicas have room', () => {
    const growth = { replicas: 10, factor: 1 / UTILIZATION, podSeconds: 10 };
    expect(follow(new Random(1), growth)).toEqual({ peakSeconds: 0, drainedAfter: 0, replicas: 10 });
  });

  it('is what came and was not recorded before the first pods that it orders', () => {
    const [sooner, later] = [10, 100].map((podSeconds) =>
      follow(new Random(1), { replicas: 10, factor: 2, podSeconds }),
    );
    const missing = 1 - 1 / (2 * UTILIZATION);
    expect((later?.peakSeconds ?? 0) - (sooner?.peakSeconds ?? 0)).toBeCloseTo(90 * missing, 6);
  });
});
