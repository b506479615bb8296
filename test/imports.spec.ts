import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const SRC = join(__dirname, '../src');

/** Rooms of src, from the one that may import all others to those that import none: CONTRIBUTING.md has what is in each. */
const ROOMS = [
  ['start-up'],
  ['sources'],
  ['live', 'health', 'requests'],
  ['exposition'],
  ['server'],
  ['formats'],
  ['recording'],
  ['process'],
  ['metrics'],
  ['state'],
  ['lifecycle'],
  ['settings'],
  ['platform'],
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.spec)\.ts$/.test(file),
);

/** What each file imports of src. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const specifiers = [...text.matchAll(/(?:from|import\(?) '(\.[^']+)'/g)].map(
      ([, specifier = '']) => specifier,
    );
    return [file, specifiers.map((path) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'))];
  }),
);

/** The first folder of its path; each source is a room of its own. */
function roomOf(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  if (first === 'sources' && third !== undefined) return `${first}/${second}`;
  return second === '' ? 'start-up' : first;
}

function heightOf(file: string): number {
  const [room = ''] = roomOf(file).split('/');
  return ROOMS.findIndex((rooms) => rooms.includes(room));
}

describe('imports of src', () => {
  it('are all files that are there, in rooms that are known', () => {
    expect(files.length).toBeGreaterThan(100);
    for (const [file, imported] of imports) {
      expect([file, heightOf(file)]).not.toContain(-1);
      expect(files).toEqual(expect.arrayContaining(imported));
    }
  });

  it('go one way, and from no source into another', () => {
    const wrong = [...imports].flatMap(([file, imported]) =>
      imported
        .filter((other) => roomOf(other) !== roomOf(file) && heightOf(other) <= heightOf(file))
        .map((other) => `${file} imports ${other}`),
    );
    expect(wrong).toEqual([]);
  });

  it('make no circle of files', () => {
    const done = new Set<string>();
    const follow = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error([...path, file].join(' → '));
      if (done.has(file)) return;
      for (const other of imports.get(file) ?? []) follow(other, [...path, file]);
      done.add(file);
    };
    for (const file of files) follow(file, []);
    expect(done.size).toBe(files.length);
  });
});
