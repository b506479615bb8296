import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

const text = readFileSync(join(ROOT, 'docs/configuration-files.md'), 'utf8');
const quoted = (cell = ''): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, path = '']) => path);
const rows = Array.from(text.matchAll(/^\| (`.*?) +\| (.*?) +\|/gm), ([, files, tests]) => ({
  files: quoted(files),
  tests: quoted(tests),
}));
const listed = rows.flatMap(({ files }) => files);

/** Those that configure other programs; our own tools' are exercised whenever they run. */
const shipped = [
  'Dockerfile',
  '.dockerignore',
  'docker-compose.yml',
  ...['prom', 'deploy', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ya?ml|json|conf)$|(^|\/)Dockerfile$/.test(name))
      .map((name) => join(folder, name)),
  ),
];

describe('docs/configuration-files.md', () => {
  it('says of every file that is shipped once what tests it', () => {
    const rowsOf = (file: string): string[] =>
      listed.filter((path) => file === path || file.startsWith(`${path}/`));
    expect(shipped).toContain('prom/prometheus.yml');
    expect(shipped.filter((file) => rowsOf(file).length !== 1)).toEqual([]);
  });

  it('names files and tests that there are', () => {
    const paths = rows.flatMap(({ files, tests }) => [...files, ...tests]);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    for (const { tests } of rows) expect(tests).not.toEqual([]);
  });
});
