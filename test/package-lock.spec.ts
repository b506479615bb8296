// Where npm takes packages from, and what they may do on installation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

interface Locked {
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { packages }: { packages: Record<string, Locked> } = JSON.parse(textOf('package-lock.json'));
const { allowScripts }: { allowScripts: Record<string, boolean> } = JSON.parse(textOf('package.json'));
const locked = Object.entries(packages).filter(([path]) => path !== '');

it('locks every package by its checksum, and uses the npm registry only', () => {
  expect(locked.length).toBeGreaterThan(100);
  for (const [path, { integrity, resolved }] of locked) {
    expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-[\w+/]{86}==$/)]);
    // Left out, it is the registry that npm is configured with; packages from git or a file always have it.
    if (resolved !== undefined) expect(resolved).toMatch(/^https:\/\/registry\.npmjs\.org\//);
  }
});

it('lets no package run a script on installation', () => {
  const asking = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  const refused = Object.entries(allowScripts).filter(([, allowed]) => !allowed);
  expect(asking.toSorted()).toEqual(refused.map(([name]) => `node_modules/${name}`).toSorted());
});
