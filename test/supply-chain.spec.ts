// What the service is made of, as npm and a registry tell it: `npm run audit`, `licenses` and `sbom`.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import type { Bill } from '../supply-chain/bill-of-materials.js';
import { runtimePackages } from '../supply-chain/runtime-packages.js';
import { ROOT } from './process.js';
import { freePort, portOf } from './service.js';

const run = promisify(execFile);

interface Locked {
  integrity?: string;
  resolved?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

interface Manifest {
  dependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { packages }: { packages: Record<string, Locked> } = JSON.parse(textOf('package-lock.json'));
const { dependencies, allowScripts }: Manifest = JSON.parse(textOf('package.json'));
const locked = Object.entries(packages).filter(([path]) => path !== '');
const bundled: string[] = JSON.parse(textOf('dist/service.packages.json'));

/** Runs one of the scripts as npm would. */
function script(name: string, variables: NodeJS.ProcessEnv = {}): Promise<{ stdout: string }> {
  return run(process.execPath, [join(ROOT, 'build/supply-chain', name)], {
    cwd: ROOT,
    env: { ...process.env, ...variables },
    maxBuffer: 2 ** 26,
  });
}

describe('package-lock.json', () => {
  it('has a checksum of every package, and takes none from elsewhere than the npm registry', () => {
    expect(locked.length).toBeGreaterThan(100);
    for (const [path, { integrity, resolved }] of locked) {
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-[\w+/]{86}==$/)]);
      // Left out, it is the registry that npm is configured with; packages from git or a file always have it.
      if (resolved !== undefined) expect(resolved).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it('names no package that may run a script when it is installed', () => {
    const asking = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    const named = Object.keys(allowScripts).map((name) => `node_modules/${name}`);
    expect(asking.toSorted()).toEqual(named.toSorted());
    expect(new Set(Object.values(allowScripts))).toEqual(new Set([false]));
  });

  it.each([
    ['Dockerfile', 'npm ci --ignore-scripts'],
    ['.ci/run', 'npm cit'],
  ])('is all that %s installs from', (path, command) => {
    expect(textOf(path).match(/\bnpm ci.*/g)).toEqual([command]);
  });

  it.each(['Dockerfile', '.ci/run', 'README.md', 'CONTRIBUTING.md', 'examples/README.md'])(
    'is never passed over by %s',
    (path) => expect(textOf(path)).not.toMatch(/\bnpm (i|in|install|add|update)\b/),
  );

  it('counts nothing that the built files have in them as for development only, which no audit would look at', () => {
    expect(bundled).toEqual(
      expect.arrayContaining([expect.stringMatching(/^express@/), expect.stringMatching(/^uplot@/)]),
    );
    const runtime = runtimePackages(textOf('package-lock.json'), (directory) =>
      textOf(`${directory}/package.json`),
    );
    const ids = new Set(runtime.map(({ id }) => id));
    expect(bundled.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe('npm run audit', () => {
  const ADVISORY = { id: 1, title: 'Headers are wrong', url: 'https://example.org/1', severity: 'low' };
  let cache: string;
  let registry: Server | undefined;

  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'npm-cache-'));
  });
  afterEach(() => registry?.close());
  afterAll(() => rm(cache, { recursive: true }));

  /** Asks a registry that answers the question for advisories with this status and body, and has no packages. */
  async function audit(status: number, advisories: object): Promise<{ stdout: string }> {
    registry = createServer(({ method }, response) => {
      response.writeHead(method === 'POST' ? status : 404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(advisories));
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    return auditAt(portOf(registry));
  }

  const auditAt = (port: number) =>
    script('audit.js', {
      npm_config_registry: `http://127.0.0.1:${port}`,
      npm_config_cache: cache,
      npm_config_fetch_retries: '0',
    });

  it('passes if the registry knows of no vulnerability', async () => {
    expect((await audit(200, {})).stdout).toBe('No known vulnerabilities.\n');
  });

  it.each(['helmet', 'uplot'])(
    'fails if it knows of one in %s, which is part of the service',
    async (name) => {
      const advisories = { [name]: [{ ...ADVISORY, vulnerable_versions: '*' }] };
      await expect(audit(200, advisories)).rejects.toMatchObject({
        code: 1,
        stdout: `Known vulnerabilities:\n${name} (low): Headers are wrong https://example.org/1\n`,
      });
    },
  );

  it('passes if it knows of one in what is only for development', async () => {
    const { stdout } = await audit(200, { prettier: [{ ...ADVISORY, vulnerable_versions: '*' }] });
    expect(stdout).toBe('No known vulnerabilities.\n');
  });

  it('passes if the registry refuses the question, or is not there, and says that nothing was audited', async () => {
    expect((await audit(405, {})).stdout).toMatch(/^NOT AUDITED, .* 405 Method Not Allowed/);
    expect((await auditAt(await freePort())).stdout).toMatch(/^NOT AUDITED, .* ECONNREFUSED/);
  });
});

describe('npm run licenses', () => {
  it('lists every package that is part of the service, and finds nothing to object to', async () => {
    const { stdout } = await script('licences.js');
    const listed = stdout.split('\n').map((line) => line.split(/\s+/)[1]);
    expect(listed).toEqual(expect.arrayContaining(bundled));
  });

  it('leaves the texts to dist/service.licenses.txt, which has them for the page too', () => {
    const texts = textOf('dist/service.licenses.txt').split(/^-{80}\n\n/m);
    expect(texts.map((text) => text.slice(0, text.indexOf(':')).replace(' ', '@'))).toEqual(bundled);
    expect(
      texts.filter((text) => !/permission|redistribution|apache license|public domain/i.test(text)),
    ).toEqual([]);
  });
});

describe('npm run sbom', () => {
  let text: string;
  let bill: Bill;
  beforeAll(async () => {
    text = (await script('sbom.js')).stdout;
    bill = JSON.parse(text);
  });

  it('prints CycloneDX as its schema wants it', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
    expect(await validator.validate(text)).toBeNull();
    expect(await validator.validate(text.replace('"library"', '"book"'))).not.toBeNull();
  });

  it('has the packages of the bundle and of the page as its components, and no others', () => {
    const ids = bill.components.map((component) => component['bom-ref']);
    expect(ids.toSorted()).toEqual(bundled.toSorted());
    const names = new Set(ids.map((id) => id.slice(0, id.lastIndexOf('@'))));
    expect(Object.keys(dependencies).filter((name) => !names.has(name))).toEqual([]);
    // esbuild leaves the paths of CommonJS modules in the file, and breaks its lines, within strings too.
    const modules = textOf('dist/service.js')
      .replaceAll('\\\n', '')
      .matchAll(/"(?:[^"\n]*\/)?node_modules\/((?:@[^/"]+\/)?[^/"]+)\/[^"\n]+"\(/g);
    const inFile = new Set([...modules].map(([, name = '']) => name));
    expect(inFile.size).toBeGreaterThan(50);
    expect([...inFile].filter((name) => !names.has(name))).toEqual([]);
  });

  it('names their versions and checksums as package-lock.json has them, so that scanners can look them up', () => {
    const express = bill.components.find(({ name }) => name === 'express');
    const [, checksum = ''] = packages['node_modules/express']?.integrity?.split('-') ?? [];
    const { version } = JSON.parse(textOf('node_modules/express/package.json'));
    expect(express).toMatchObject({
      purl: `pkg:npm/express@${version}`,
      hashes: [{ alg: 'SHA-512', content: Buffer.from(checksum, 'base64').toString('hex') }],
    });
  });
});
