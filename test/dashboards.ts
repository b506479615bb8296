// The shipped Grafana dashboards, as the tests read them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './process.js';

const gridPos = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const row = z.object({ type: z.literal('row'), id: z.number(), title: z.string().min(1), gridPos });

const panel = z.object({
  type: z.enum(['timeseries', 'stat', 'heatmap', 'bargauge']),
  id: z.number(),
  title: z.string().min(5),
  description: z.string().min(20),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
  gridPos,
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().min(1) }) }),
  targets: z
    .array(
      z.object({
        refId: z.string(),
        datasource: z.object({ uid: z.literal('${datasource}') }),
        expr: z.string().min(1),
      }),
    )
    .nonempty(),
});

const dashboard = z.object({
  id: z.undefined().optional(),
  uid: z.string().min(1),
  title: z.string().min(1),
  schemaVersion: z.literal(42),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), type: z.string(), query: z.unknown(), definition: z.string().optional() }),
    ),
  }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

export type Dashboard = z.infer<typeof dashboard>;

const FOLDER = join(ROOT, 'prom/grafana/dashboards');

export const dashboardFiles = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** Reads a dashboard; throws where it lacks what every dashboard here has, such as a description of each panel. */
export function readDashboard(file: string): Dashboard {
  return dashboard.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
}
