// The files that Grafana reads, as the source of the dashboards makes them.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { serviceCollector } from './service-collector.js';
import { health } from './service-collector-health.js';

export const dashboards = [serviceCollector, health];

/** Its JSON, with a line for each panel, so that a difference is as long as the change. */
export function print({ panels = [], ...settings }: Dashboard): string {
  const lines = panels.map((panel) => `    ${JSON.stringify(panel)}`);
  return `${JSON.stringify(settings, null, 2).slice(0, -2)},\n  "panels": [\n${lines.join(',\n')}\n  ]\n}\n`;
}
