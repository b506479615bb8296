// npm run audit: fails if a package that is part of the service has a known vulnerability. Where the registry does not
// answer, it says so and passes.
import { spawnSync } from 'node:child_process';
import { judge } from './audit-report.js';

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
try {
  const { passes, text } = judge(stdout);
  console.log(text);
  process.exitCode = passes ? 0 : 1;
} catch (error) {
  console.error(stdout, stderr);
  throw error;
}
