import { existsSync, readFileSync } from 'node:fs';

/** The package's folder, in which `public/` lies: the nearest one above this file, or above the bundle, with a package.json. */
export const ROOT = folderOfPackage(new URL('.', import.meta.url));

const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

/** The service's version, as in package.json. */
export const VERSION = version;

function folderOfPackage(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('..', folder);
  if (parent.href === folder.href) throw new Error('The service has no package.json above it');
  return folderOfPackage(parent);
}
