// Bundles the compiled service into one file for production, which Node loads in half the time, and gathers the licences
// of what is in it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const adapted = {
  name: 'adapted',
  setup({ onLoad }) {
    // Two names for one class, as TypeScript gives a decorated one, become two different names, of which logs show the wrong.
    onLoad({ filter: /[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const code = await readFile(path, 'utf8');
      return { contents: code.replaceAll(/^let (\w+) = class \1\b/gm, 'let $1 = class') };
    });
    // Nest loads ws in a way that bundlers do not see: https://github.com/evanw/esbuild/issues/1828
    onLoad({ filter: /@nestjs\/platform-ws\/.*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      return { contents: code.replaceAll('createRequire(import.meta.url)(', 'require(') };
    });
  },
};

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
  // Without its comments the file is ASCII, which V8 keeps in half the memory.
  minifyWhitespace: true,
  lineLimit: 120,
  plugins: [adapted],
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
