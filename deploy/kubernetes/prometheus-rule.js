// `npm run generate`: prom/rules → base/prometheus-rule.yaml, printed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse, stringify } from 'yaml';

const folder = join(import.meta.dirname, '../../prom/rules');
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

const rule = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'service-collector' },
  spec: { groups: files.flatMap((name) => parse(readFileSync(join(folder, name), 'utf8')).groups) },
};

const options = await resolveConfig(import.meta.filename, { editorconfig: true });
process.stdout.write('# Made of prom/rules by `npm run generate`.\n');
process.stdout.write(await format(stringify(rule, { lineWidth: 0 }), { ...options, parser: 'yaml' }));
