import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REASONS } from '../src/recording/observation.js';
import { REFUSALS } from '../src/server/refusals.js';
import { ROOT } from './process.js';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const folders = ['docs', 'prom', 'deploy', 'examples', 'src', 'test', 'bench'];
const files = [
  ...readdirSync(ROOT),
  ...folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  ),
].filter((file) => /\.(md|ts|js|ya?ml|service|html)$/.test(file));
const pages = files.filter((file) => file.endsWith('.md'));

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const headings = textOf(page)
    .replaceAll(/^```.*?^```$/gms, '')
    .matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it.each(pages)('%s links to files and headings that are there', (page) => {
  const text = textOf(page).replaceAll(/^```.*?^```$/gms, '');
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)|^\[[^\]]+\]: (?!https?:)(\S+)$/gm)];
  const dead = links
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
  expect(dead).toEqual([]);
});

it('names only pages of docs that are there, in code, messages and configurations', () => {
  const named = files.flatMap((file) =>
    Array.from(textOf(file).matchAll(/(?<![\w/.])docs\/[\w/-]+\.md/g), ([name]) => `${file}: ${name}`),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !existsSync(join(ROOT, name.split(': ')[1] ?? '')))).toEqual([]);
});

it('describes every metric and every reason', () => {
  const metrics = textOf('src/metrics/collectors.ts').matchAll(/^ +name: '(\w+)'/gm);
  const reasons = Object.values(REASONS).flat();
  const missing = (page: string, names: readonly string[]): string[] =>
    names.filter((name) => !textOf(page).includes(`\`${name}\``));
  expect(missing('docs/metrics.md', [...Array.from(metrics, ([, name = '']) => name), ...reasons])).toEqual(
    [],
  );
  expect(
    missing(
      'docs/security.md',
      REFUSALS.filter((reason) => !reason.startsWith('syslog')),
    ),
  ).toEqual([]);
});
