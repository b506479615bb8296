import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

it('deploy/kubernetes has the rules of prom/rules, as `npm run generate` writes them', () => {
  const printed = execFileSync('node', [join(ROOT, 'deploy/kubernetes/prometheus-rule.js')], {
    encoding: 'utf8',
  });
  expect(readFileSync(join(ROOT, 'deploy/kubernetes/base/prometheus-rule.yaml'), 'utf8')).toBe(printed);
});
