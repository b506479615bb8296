// Bundles the compiled service into one file for production, which Node loads in half the time, and gathers the names and
// the licences of the packages that are in it and in its page.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const adapted = {
  name: 'adapted',
  setup({ onLoad, onResolve }) {
    // Nest loads ws in a way that bundlers do not see: https://github.com/evanw/esbuild/issues/1828
    onLoad({ filter: /@nestjs\/platform-ws\/.*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      return { contents: code.replaceAll('createRequire(import.meta.url)(', 'require(') };
    });
    // Nest, Express and prom-client load these at the start, for uploads, bodies of requests, nested queries, times of cron
    // and traces. Nothing here uses them, and they are a quarter of the code.
    onResolve({ filter: /^(body-parser|cron|file-type|multer|qs|@opentelemetry\/api)$/ }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    // Express looks up types of files and charsets. Most of the list are types of vendors.
    onLoad({ filter: /mime-db\/db\.json$/ }, async ({ path }) => {
      const types = Object.entries(JSON.parse(await readFile(path, 'utf8')));
      const usual = types.filter(([type]) => !/^\w+\/(?:vnd\.|x-|prs\.)/.test(type));
      return { contents: JSON.stringify(Object.fromEntries(usual)), loader: 'json' };
    });
    onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({
      contents: `
        const unused = () => { throw new Error('dist/service.js is built without ${path}'); };
        module.exports = new Proxy(unused, { get: (_, name) => (name === '__esModule' ? undefined : unused) });`,
    }));
  },
};

const { metafile, outputFiles } = await build({
  entryPoints: ['dist/main.js'],
  outfile: 'dist/service.js',
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // Packages in CommonJS call `require`, which ES modules do not have.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  alias: {
    // ws asks for this package, which is written in C, and goes on without it.
    bufferutil: './dist/sources/websocket/unmask.js',
    // The same as ES modules, of which only the parts that are used are bundled.
    rxjs: './node_modules/rxjs/dist/esm/index.js',
    'rxjs/operators': './node_modules/rxjs/dist/esm/operators/index.js',
  },
  // Nest asks for these only if they are used; debug takes the last one if it is there, as it is for Jest.
  external: [
    '@nestjs/microservices',
    '@nestjs/platform-socket.io',
    'class-transformer',
    'class-validator',
    'supports-color',
  ],
  minifyWhitespace: true,
  lineLimit: 120,
  // Logs name classes, which esbuild may give another name.
  keepNames: true,
  plugins: [adapted],
  legalComments: 'none',
  logLevel: 'warning',
  logOverride: { 'direct-eval': 'silent' },
  metafile: true,
});

// Names are needed of classes alone. A function would be named each time it is made, which is half of what Express costs.
const NAME = 'var __name=(target,value)=>__defProp(target,"name",{value,configurable:true});';
const [{ text }] = outputFiles;
if (!text.includes(NAME)) throw new Error('esbuild keeps names in another way than it did');
const quick = text
  .replace(NAME, `${NAME.replace('__name', '__nameClass')}var __name=made=>made;`)
  .replace(/\b__name\(\s*this,/g, '__nameClass(this,');
// V8 keeps a file of ASCII in half the memory. esbuild leaves other characters in regular expressions alone.
const ascii = quick.replace(
  /[^\0-\x7f]/g,
  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
);
await writeFile('dist/service.js', ascii);

// What the page has in it was noted when it was built.
const page = JSON.parse(await readFile('build/page.json', 'utf8'));
const inputs = [metafile, page].flatMap((built) => Object.keys(built.inputs));
const directories = new Set(
  inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []),
);
const { packages: locked } = JSON.parse(await readFile('package-lock.json', 'utf8'));
const packages = await Promise.all([...directories].toSorted().map(licenceIn));
await writeFile('dist/service.licenses.txt', packages.join(`\n${'-'.repeat(80)}\n\n`));

/** Fails for a package that audits and the check of licences leave out, or whose licence cannot be passed on. */
async function licenceIn(directory) {
  if (locked[directory].dev) throw new Error(`${directory} is bundled, but is a development dependency`);
  const { name, version, license, licenses } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  const files = (await readdir(directory)).filter((entry) => /^(licen[cs]e|notice|copyright)/i.test(entry));
  if (files.length === 0) throw new Error(`${directory} is bundled, but has no text of its licence`);
  const texts = await Promise.all(files.toSorted().map((file) => readFile(join(directory, file), 'utf8')));
  const heading = `${name} ${version}: ${license ?? licenses.map(({ type }) => type)}\n`;
  return [heading, ...texts].join('\n');
}
