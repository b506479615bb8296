// The shipped Grafana dashboards, as the tests read them. The compiler holds their source to Grafana's schema.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './process.js';

const links = z.array(z.object({ url: z.string() })).default([]);

/** A row is a panel without queries. */
const panel = z.object({
  title: z.string(),
  gridPos: z.object({ y: z.number(), w: z.number() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
  fieldConfig: z.object({ defaults: z.object({ links }) }).optional(),
  transformations: z
    .array(z.object({ options: z.object({ renameByName: z.record(z.string(), z.string()).default({}) }) }))
    .default([]),
});

const dashboard = z.object({
  uid: z.string(),
  links,
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string().optional() })) }),
  panels: z.array(panel),
});

export type Dashboard = z.infer<typeof dashboard>;

const FOLDER = join(ROOT, 'prom/grafana/dashboards');

export const dashboardFiles = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

export function dashboardJson(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

export function readDashboard(file: string): Dashboard {
  return dashboard.parse(JSON.parse(dashboardJson(file)));
}
