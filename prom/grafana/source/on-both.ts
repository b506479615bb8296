// The panels that both dashboards show.
import type { PanelBuilder as Graph } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as Timeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { steps } from './colours.js';
import { query, stacked, stat, timeline } from './panels.js';
import { JOB, rate, series, type Series } from './series.js';

const alerts = series(JOB);
const firing = alerts('ALERTS', 'alertstate="firing"');
const pending = alerts('ALERTS', 'alertstate="pending"');

export function alertsFiring(): Stat {
  return stat(
    'short',
    'Alerts of the service and of the responses it collected that fire now. prom/runbook.md says what each means and what to do.',
    `count(${firing}) or vector(0)`,
  ).thresholds(steps('green', [1, 'red']));
}

export function alertStates(): Timeline {
  return timeline(
    'A pending alert fires if its cause lasts. Empty if there is none. prom/runbook.md has a heading for each.',
    { 1: ['pending', 'yellow'], 2: ['firing', 'red'] },
    query(`max by (alertname) (2 * ${firing} or ${pending})`, '{{alertname}}'),
  );
}

export function rejected(own: Series): Graph {
  return stacked(
    'cps',
    'Observations rejected per second, by source and by what was wrong with them.',
    query(
      `sum by (source, reason) (${rate(own('service_collector_observations_rejected_total'))})`,
      '{{source}}: {{reason}}',
    ),
  );
}
