// package-lock.json → the packages that are part of the service, and their licences.
import * as z from 'zod';

/** They ask at most for their text and the copyright notice to be passed on, which dist/service.licenses.txt does. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
]);

const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), license: z.string().optional(), dev: z.boolean().default(false) }),
  ),
});

/** The form in which package.json named licences before 2014; npm leaves it out of the lock file. */
const manifest = z.object({ licenses: z.array(z.object({ type: z.string() })).default([]) });

export interface RuntimePackage {
  /** Such as `express@5.3.0`. */
  id: string;
  /** An SPDX expression; empty if there is none. */
  licence: string;
}

/**
 * What `npm ci --omit=dev` installs, which is all that the built service and its page have in them.
 *
 * @param manifestIn reads the package.json of a directory such as `node_modules/busboy`
 */
export function runtimePackages(
  lockFile: string,
  manifestIn: (directory: string) => string,
): RuntimePackage[] {
  const { '': _itself, ...packages } = lock.parse(JSON.parse(lockFile)).packages;
  return Object.entries(packages)
    .filter(([, { dev }]) => !dev)
    .map(([directory, { version, license }]) => ({
      id: `${directory.slice(directory.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
      licence: license ?? formerLicences(manifestIn(directory)),
    }));
}

/** Those whose licence is none of the allowed. An expression such as `(MIT OR GPL-3.0)` is for a person to judge. */
export function refused(packages: readonly RuntimePackage[]): string[] {
  return packages
    .filter(({ licence }) => !ALLOWED.has(licence))
    .map(({ id, licence }) => `${id}: ${licence || 'none'}`);
}

function formerLicences(text: string): string {
  const { licenses } = manifest.parse(JSON.parse(text));
  return licenses.map(({ type }) => type).join(' AND ');
}
