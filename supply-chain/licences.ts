// npm run licenses: prints the licence of every package that is part of the service, and fails if one of them asks for
// more than the MIT licence of the whole can give.
import { readFileSync } from 'node:fs';
import { refused, runtimePackages } from './runtime-packages.js';

const packages = runtimePackages(readFileSync('package-lock.json', 'utf8'), (directory) =>
  readFileSync(`${directory}/package.json`, 'utf8'),
);
for (const { id, licence } of packages) console.log(`${licence.padEnd(14)}${id}`);
const problems = refused(packages);
if (problems.length > 0) {
  console.error(`Not among the licences that are allowed: ${problems.join(', ')}`);
  process.exitCode = 1;
}
