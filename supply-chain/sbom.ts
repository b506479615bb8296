// npm run sbom: prints a bill of materials of the built service and its page, in CycloneDX JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { billOf } from './bill-of-materials.js';

const everything = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const bundled = readFileSync('dist/service.packages.json', 'utf8');
console.log(JSON.stringify(billOf(everything, bundled), undefined, 2));
