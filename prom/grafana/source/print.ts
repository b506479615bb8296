// The files that Grafana reads, as the source of the dashboards makes them.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { serviceCollector, withNativeHistograms } from './service-collector.js';
import { health } from './service-collector-health.js';

export const dashboards = [serviceCollector, withNativeHistograms, health];

/** Its JSON, with a line for each variable and panel, so that a difference is as long as the change. */
export function print({ panels, templating, ...settings }: Dashboard): string {
  return `${JSON.stringify(settings, null, 2).slice(0, -2)},
  "templating": { "list": [
${linesOf(templating.list)}
  ] },
  "panels": [
${linesOf(panels)}
  ]
}
`;
}

function linesOf(values: unknown[] = []): string {
  return values.map((value) => `    ${JSON.stringify(value)}`).join(',\n');
}
