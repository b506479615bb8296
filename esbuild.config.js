// Bundles the compiled service into one file for production, which Node loads in half the time, and gathers the licences
// of what is in it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: ['dist/main.js'],
  outfile: 'dist/service.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // Packages in CommonJS call `require`, which ES modules do not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  // Nest asks for these only if they are used.
  external: ['@nestjs/microservices', '@nestjs/platform-socket.io', 'class-transformer', 'class-validator'],
  legalComments: 'none',
  logLevel: 'warning',
  logOverride: { 'direct-eval': 'silent' },
  metafile: true,
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []),
);
const licences = await Promise.all([...packages].toSorted().map(licenceOf));
await writeFile('dist/service.licenses.txt', licences.join(`\n${'-'.repeat(80)}\n\n`));

async function licenceOf(directory) {
  const { name, version, license, licenses } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(join(directory, file), 'utf8') : '';
  return `${name} ${version}: ${license ?? licenses.map(({ type }) => type)}\n\n${text}`;
}
