// Every chart, on one screen: its figures, unit and colours.
import * as figures from '../figures/figures.js';
import type { Labels } from '../figures/scrapes.js';
import * as units from '../figures/units.js';

export interface Line {
  label: string;
  /** Lines of a group share a row of the legend, after the group's name. */
  group?: string;
  /** Name of a custom property in colours.css, without its dashes. */
  colour: string;
  stroke?: 'dashed' | 'dotted';
  figure: figures.Figure;
}

export interface ChartDefinition {
  /** Its `data-chart` in index.html. */
  name: string;
  unit: units.Unit;
  /** Stacked areas, the first line at the bottom; or steps from value to value. */
  shape?: 'stacked' | 'stepped';
  /** The PromQL that shows the same in Prometheus. */
  query: (labels: Labels) => string;
  /** The lines for some labels, optionally with `env`. An environment always has the same colour. */
  lines: (environments: readonly string[], labels: Labels) => Line[];
}

export const CHARTS: readonly ChartDefinition[] = [
  {
    name: 'responses',
    unit: units.perSecond,
    shape: 'stacked',
    query: (labels) => `sum by (type) (rate(response_code${figures.selector(labels)}[1m]))`,
    lines: (_, labels) =>
      figures.CLASSES.map((type) => ({
        label: `${type[0]}xx`,
        colour: `class-${type}`,
        figure: figures.responses(type, labels),
      })),
  },
  {
    name: 'response-time',
    unit: units.seconds,
    query: (labels) =>
      `histogram_quantile(0.99, sum by (le, env) (rate(response_time_bucket${figures.selector(labels)}[1m])))`,
    lines: (environments, chosen) =>
      perEnvironment(environments, chosen, (labels, colour) => {
        const group = labels.env;
        return [
          line('p50', figures.responseTime(0.5, labels), { colour, group, stroke: 'dotted' }),
          line('p90', figures.responseTime(0.9, labels), { colour, group, stroke: 'dashed' }),
          line('p99', figures.responseTime(0.99, labels), { colour, group }),
        ];
      }),
  },
  {
    name: 'errors',
    unit: units.share,
    query: (labels) => `${rateByEnvironment({ ...labels, type: '500' })} / ${rateByEnvironment(labels)}`,
    lines: (environments, chosen) =>
      perEnvironment(environments, chosen, (labels, colour) => [
        line(labels.env, figures.errorRatio(labels), { colour }),
      ]),
  },
  single('clients', units.count, 'connected_clients', figures.clients, 'stepped'),
  single('requests', units.perSecond, 'rate(incoming_requests[1m])', figures.requests),
  single('cpu', units.share, 'rate(process_cpu_seconds_total[1m])', figures.cpu),
  single('memory', units.bytes, 'process_resident_memory_bytes', figures.memory),
  single('lag', units.seconds, 'nodejs_eventloop_lag_p99_seconds', figures.eventLoopLag),
];

/** A chart with one line, which needs no name, because the chart has a title. */
function single(
  name: string,
  unit: units.Unit,
  query: string,
  figure: figures.Figure,
  shape?: 'stepped',
): ChartDefinition {
  return { name, unit, ...(shape && { shape }), query: () => query, lines: () => [line('', figure)] };
}

function line(label: string, figure: figures.Figure, style: Partial<Line> = {}): Line {
  return { label, figure, colour: 'line', ...style };
}

function rateByEnvironment(labels: Labels): string {
  return `sum by (env) (rate(response_code${figures.selector(labels)}[1m]))`;
}

function perEnvironment(
  environments: readonly string[],
  chosen: Labels,
  linesOf: (labels: Labels & { env: string }, colour: string) => Line[],
): Line[] {
  return environments.flatMap((env, index) =>
    env === (chosen['env'] ?? env) ? linesOf({ ...chosen, env }, environmentColour(index)) : [],
  );
}

/** colours.css has six colours; more environments reuse them. */
function environmentColour(index: number): string {
  return `environment-${index % 6}`;
}
