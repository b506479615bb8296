// The kinds of panels, as all dashboards show them. Their titles are given with the rows.
import * as bars from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorModeId, MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmaps from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stats from '@grafana/grafana-foundation-sdk/stat';
import * as timelines from '@grafana/grafana-foundation-sdk/statetimeline';
import * as tables from '@grafana/grafana-foundation-sdk/table';
import * as graphs from '@grafana/grafana-foundation-sdk/timeseries';
import { colour, steps } from './colours.js';
import { built, DATASOURCE } from './dashboard.js';

type Unit = 'reqps' | 'cps' | 'percentunit' | 's' | 'bytes' | 'short';

export function query(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(legend).range();
}

/** The last value, above a graph of those before. */
export function stat(unit: Unit, description: string, expr: string): stats.PanelBuilder {
  return filled(new stats.PanelBuilder(), unit, description, query(expr, ''))
    .reduceOptions(lastValue())
    .colorMode(common.BigValueColorMode.Value)
    .colorScheme(colour(FieldColorModeId.Thresholds))
    .span(4)
    .height(4);
}

export function lines(unit: Unit, description: string, ...queries: DataqueryBuilder[]): graphs.PanelBuilder {
  return filled(new graphs.PanelBuilder(), unit, description, ...queries)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true))
    .tooltip(built({ mode: common.TooltipDisplayMode.Multi, sort: common.SortOrder.Descending }))
    .colorScheme(colour(FieldColorModeId.PaletteClassic))
    .fillOpacity(10)
    .showPoints(common.VisibilityMode.Never)
    .min(0);
}

/** Areas that stand on each other: the topmost line is their sum. */
export function stacked(
  unit: Unit,
  description: string,
  ...queries: DataqueryBuilder[]
): graphs.PanelBuilder {
  return lines(unit, description, ...queries)
    .fillOpacity(60)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
}

/** When each series had which value; `states` says how a value is called and coloured. */
export function timeline(
  description: string,
  states: Record<number, [text: string, color: string]>,
  asked: DataqueryBuilder,
): timelines.PanelBuilder {
  const options = Object.fromEntries(
    Object.entries(states).map(([value, [text, color]], index) => [value, { text, color, index }]),
  );
  return filled(new timelines.PanelBuilder(), 'short', description, asked)
    .mappings([{ type: MappingType.ValueToText, options }])
    .colorScheme(colour(FieldColorModeId.Thresholds))
    .thresholds(steps('text'))
    .fillOpacity(80);
}

/** A line for each series, with the labels of `columns` under their headings. */
export function table(
  description: string,
  columns: Record<string, string>,
  expr: string,
): tables.PanelBuilder {
  const asked = query(expr, '').instant().format(PromQueryFormat.Table);
  return filled(new tables.PanelBuilder(), 'short', description, asked)
    .align(common.FieldTextAlignment.Left)
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, Value: true },
        indexByName: Object.fromEntries(Object.keys(columns).map((label, index) => [label, index])),
        renameByName: columns,
      },
    });
}

/** A bar for each series, the longest first. */
export function ranking(unit: Unit, description: string, expr: string, legend: string): bars.PanelBuilder {
  return filled(new bars.PanelBuilder(), unit, description, query(expr, legend).instant())
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: 'Value', desc: true }] } })
    .reduceOptions(lastValue())
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .orientation(common.VizOrientation.Horizontal)
    .namePlacement(common.BarGaugeNamePlacement.Left)
    .min(0)
    .decimals(0);
}

/** The buckets of a histogram of seconds over time. */
export function heatmap(description: string, asked: DataqueryBuilder): heatmaps.PanelBuilder {
  return filled(new heatmaps.PanelBuilder(), 'short', description, asked.format(PromQueryFormat.Heatmap))
    .color(built({ ...heatmaps.defaultOptions().color, mode: heatmaps.HeatmapColorMode.Scheme }))
    .yAxis(new heatmaps.YAxisConfigBuilder().unit('s').axisPlacement(common.AxisPlacement.Left))
    .showValue(common.VisibilityMode.Never);
}

function filled<
  Kind extends {
    unit(unit: Unit): Kind;
    description(description: string): Kind;
    datasource(datasource: common.DataSourceRef): Kind;
    height(rows: number): Kind;
    targets(targets: DataqueryBuilder[]): Kind;
  },
>(panel: Kind, unit: Unit, description: string, ...queries: DataqueryBuilder[]): Kind {
  return panel
    .unit(unit)
    .description(description)
    .datasource(DATASOURCE)
    .height(8)
    .targets(queries.map((asked, index) => asked.refId('ABC'.charAt(index))));
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']);
}
