// Paths with `*` and `?`, which match characters of one name between slashes, but as in a shell not a leading dot.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}

/** Whether the glob as a whole matches the path. */
export function fits(path: string, glob: string): boolean {
  const names = path.split('/');
  const patterns = glob.split('/');
  return (
    names.length === patterns.length && patterns.every((pattern, i) => nameFits(names[i] ?? '', pattern))
  );
}

/**
 * The existing paths that match, with the times at which their files were last written, in milliseconds.
 *
 * @throws NodeJS.ErrnoException if a folder exists but cannot be listed
 */
export async function pathsFor(glob: string): Promise<Map<string, number>> {
  let paths = [glob.startsWith('/') ? '/' : ''];
  for (const pattern of glob.split('/').filter((name) => name !== '')) {
    const next = isGlob(pattern)
      ? paths.map(async (path) => {
          const names = await readdir(path === '' ? '.' : path).catch(noneIfMissing);
          return names.filter((name) => nameFits(name, pattern)).map((name) => join(path, name));
        })
      : paths.map(async (path) => [join(path, pattern)]);
    paths = (await Promise.all(next)).flat();
  }
  const found = new Map<string, number>();
  const look = async (path: string): Promise<unknown> =>
    stat(path).then(
      ({ mtimeMs }) => found.set(path, mtimeMs),
      () => undefined,
    );
  await Promise.all(paths.map(look));
  return found;
}

function nameFits(name: string, pattern: string): boolean {
  if (!isGlob(pattern)) return name === pattern;
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 'su').test(name);
}

function noneIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}
