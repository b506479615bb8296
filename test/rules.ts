// The shipped rules of Prometheus and their unit tests, as the tests read them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from './process.js';

const alert = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({
    summary: z.string().min(10),
    description: z.string().min(20),
    runbook_url: z.string(),
  }),
});

const record = z.object({
  record: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});

const rules = z.object({ groups: z.array(z.object({ rules: z.array(z.union([alert, record])) })) });

const unitTests = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z
        .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) }))
        .default([]),
    }),
  ),
});

export type Alert = z.infer<typeof alert>;
export type Recorded = z.infer<typeof record>;

const FOLDER = join(ROOT, 'prom/rules');

function readAll<T>(folder: string, schema: z.ZodType<T>): T[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => schema.parse(parse(readFileSync(join(folder, name), 'utf8'))));
}

const all = readAll(FOLDER, rules).flatMap(({ groups }) => groups.flatMap((group) => group.rules));

export const alerts = all.filter((rule): rule is Alert => 'alert' in rule);
export const records = all.filter((rule): rule is Recorded => 'record' in rule);

/** What promtool tests, each with its name and what it expects of alerts. */
export const promtoolTests = readAll(join(FOLDER, 'tests'), unitTests).flatMap(({ tests }) => tests);

export function nameOf(rule: Alert | Recorded): string {
  return 'alert' in rule ? rule.alert : rule.record;
}
