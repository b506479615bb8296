// A dashboard as a whole: its settings, variables, rows and links.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as grafana from '@grafana/grafana-foundation-sdk/dashboard';
import type { Variable } from './series.js';

const TITLES = {
  'service-collector': 'service-collector',
  'service-collector-native': 'service-collector, native histograms',
  'service-collector-health': 'service-collector health',
};

export type Uid = keyof typeof TITLES;
type Link = Builder<grafana.DashboardLink>;

interface Panel extends Builder<grafana.Panel> {
  id(id: number): this;
  title(title: string): this;
}

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard of rows, each with its panels by their titles, which stand from left to right in 24 columns. */
export function dashboard(
  uid: Uid,
  description: string,
  other: Link,
  variables: Variable[],
  rows: Record<string, Record<string, Panel>>,
): grafana.Dashboard {
  const made = new grafana.DashboardBuilder(TITLES[uid])
    .uid(uid)
    .description(description)
    .tags(['service-collector'])
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .refresh('5s')
    .time({ from: 'now-15m', to: 'now' })
    .timepicker(new grafana.TimePickerBuilder().refreshIntervals(['5s', '10s', '30s', '1m', '5m']))
    .link(other)
    .variables([
      new grafana.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
      ...variables.map(choiceOf),
    ]);
  let id = 0;
  for (const [row, panels] of Object.entries(rows)) {
    made.withRow(new grafana.RowBuilder(row).id(++id));
    for (const [title, panel] of Object.entries(panels)) made.withPanel(panel.title(title).id(++id));
  }
  return made.build();
}

function choiceOf({ label, title, from }: Variable): Builder<grafana.VariableModel> {
  const definition = `label_values(${from}, ${label})`;
  return built({
    type: grafana.VariableType.Query,
    name: label,
    label: title,
    datasource: DATASOURCE,
    query: { qryType: 1, query: definition, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    definition,
    refresh: grafana.VariableRefresh.OnTimeRangeChanged,
    sort: grafana.VariableSort.AlphabeticalAsc,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  });
}

/** A link at the top of a dashboard to another one. */
export function otherDashboard(to: Uid, title: string, tooltip: string): Link {
  return link({ title, url: `/d/${to}`, tooltip, icon: 'dashboard', includeVars: true, keepTime: true });
}

/** A link of a panel to a dashboard, with what is chosen in `kept`, and `label` as the clicked series has it. */
export function drillDown(title: string, to: Uid, kept: Variable[], { label }: Partial<Variable> = {}): Link {
  const parameters = [
    '${__url_time_range}',
    '${datasource:queryparam}',
    ...kept.map((variable) => `\${${variable.label}:queryparam}`),
    ...(label ? [`var-${label}=\${__field.labels.${label}}`] : []),
  ];
  return link({ title, url: `/d/${to}?${parameters.join('&')}` });
}

/** DashboardLinkBuilder puts every link into a menu, by a default that cannot be unset. */
function link(given: Pick<grafana.DashboardLink, 'title'> & Partial<grafana.DashboardLink>): Link {
  const { placement: _, ...usual } = grafana.defaultDashboardLink();
  return built({ ...usual, ...given });
}

/** A value as a builder of itself, where the SDK's own builder says less or something else. */
export function built<T>(value: T): Builder<T> {
  return { build: () => value };
}
