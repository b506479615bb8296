// The shipped Grafana dashboards, as the tests read them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './process.js';

const gridPos = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const row = z.object({ type: z.literal('row'), id: z.number(), title: z.string().min(1), gridPos });

const chosen = z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });

const override = z.object({
  matcher: z.object({ id: z.string(), options: z.string() }),
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});

const panel = z.object({
  type: z.enum(['timeseries', 'stat', 'heatmap', 'bargauge', 'table', 'state-timeline']),
  id: z.number(),
  title: z.string().min(5),
  description: z.string().min(20),
  datasource: chosen,
  gridPos,
  fieldConfig: z.object({
    defaults: z.object({
      unit: z.enum(['reqps', 'cps', 'percentunit', 's', 'bytes', 'short']),
      links: z.array(z.object({ title: z.string().min(1), url: z.string() })).default([]),
    }),
    overrides: z.array(override),
  }),
  transformations: z
    .array(z.object({ options: z.object({ renameByName: z.record(z.string(), z.string()).default({}) }) }))
    .default([]),
  targets: z
    .array(
      z.object({
        refId: z.string(),
        datasource: chosen,
        expr: z.string().min(1),
        legendFormat: z.string(),
      }),
    )
    .nonempty(),
});

const dashboard = z.object({
  id: z.undefined().optional(),
  uid: z.string().min(1),
  title: z.string().min(1),
  description: z.string().min(20),
  schemaVersion: z.literal(42),
  links: z.array(
    z.object({
      type: z.literal('link'),
      title: z.string().min(1),
      url: z.string(),
      keepTime: z.literal(true),
      includeVars: z.literal(true),
    }),
  ),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), type: z.string(), query: z.unknown(), definition: z.string().optional() }),
    ),
  }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

export type Dashboard = z.infer<typeof dashboard>;
export type Panel = z.infer<typeof panel>;

const FOLDER = join(ROOT, 'prom/grafana/dashboards');

export const dashboardFiles = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** Reads a dashboard; throws where it lacks what every dashboard here has, such as a description of each panel. */
export function readDashboard(file: string): Dashboard {
  return dashboard.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
}

/** Its panels that show data, which rows do not. */
export function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.filter((entry): entry is Panel => entry.type !== 'row');
}

/** The names of the variables of Grafana that an expression uses. */
export function variablesIn(expression: string): string[] {
  return Array.from(expression.matchAll(/\$\{?(\w+)/g), ([, name]) => name ?? '');
}
