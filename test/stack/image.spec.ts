// Builds the image as the Dockerfile says and runs it in its own root, as its user, with nothing it may write to.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../process.js';
import { sample, samples, total, until } from '../service.js';

const run = promisify(execFile);
const SCRIPTS = join(__dirname, 'image');
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child'];
const USER = '65532';

interface Image {
  OCIv1: {
    config: {
      User: string;
      Env: string[];
      WorkingDir: string;
      Entrypoint: string[];
      ExposedPorts: Record<string, object>;
    };
  };
  Docker: { config: { Healthcheck: { Test: string[] } } };
}

interface Manifest {
  dependencies: Record<string, string>;
}

let directory: string;
let app: string;
let config: Image['OCIv1']['config'];
let healthcheck: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'image-'));
  const build = [...NAMESPACES, '--mount-proc', 'sh', join(SCRIPTS, 'build.sh'), directory];
  await run('unshare', build, { timeout: 540_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 });
  const image: Image = JSON.parse(await readFile(join(directory, 'image.json'), 'utf8'));
  config = image.OCIv1.config;
  healthcheck = image.Docker.config.Healthcheck.Test;
  app = join(await realpath(join(directory, 'root')), config.WorkingDir);
}, 600_000);

afterAll(() => rm(directory, { recursive: true, force: true }), 60_000);

describe('the image', () => {
  it('says how it is run', () => {
    expect(config).toMatchObject({
      User: `${USER}:${USER}`,
      Entrypoint: ['node', '--max-semi-space-size=2', 'dist/service.js'],
      ExposedPorts: { '8080/tcp': {} },
    });
    expect(config.Env).toContain('NODE_ENV=production');
  });

  it('holds package.json, the service in one file, the licences of what is in it, its page with the docs, and nothing else', async () => {
    const docs = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
    expect((await readdir(app, { recursive: true })).toSorted()).toEqual([
      'dist',
      'dist/service.js',
      'dist/service.licenses.txt',
      'package.json',
      'public',
      ...[...docs, 'app.js', 'icon.svg', 'index.html', 'style.css']
        .map((name) => `public/${name}`)
        .toSorted(),
    ]);
    const licences = await readFile(join(app, 'dist/service.licenses.txt'), 'utf8');
    const { dependencies }: Manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('has Node without npm', async () => {
    const root = join(directory, 'root');
    expect(await readdir(join(root, 'usr/local/bin'))).toEqual(['node']);
    await expect(readdir(join(root, 'usr/local/lib/node_modules'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the container', () => {
  let container: ChildProcess | undefined;
  let output = '';
  let pid: string;
  let url: string;

  beforeAll(async () => {
    const root = join(directory, 'root');
    const command = [join(SCRIPTS, 'run.sh'), root, config.User, config.WorkingDir, ...config.Entrypoint];
    const child = spawn('unshare', [...NAMESPACES, 'sh', ...command], {
      env: { ...environment(), HOST: '127.0.0.1', PORT: '0' },
    });
    container = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const listening = /Listening on (http:\S+)/;
    await until(
      () => output,
      (text) => listening.test(text) || child.exitCode !== null,
    );
    url = listening.exec(output)?.[1] ?? '';
    if (url === '') throw new Error(`it ended without listening:\n${output}`);
    pid = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
  }, 60_000);

  afterAll(() => container?.kill('SIGKILL'));

  it('runs Node as the first process, as a user that is not root and can never become it', async () => {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    expect(command.slice(0, -1)).toEqual(config.Entrypoint);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/);
    expect(field('NSpid')).toEqual([pid, '1']);
    expect(field('Uid')).toEqual([USER, USER, USER, USER]);
    expect(field('Gid')).toEqual([USER, USER, USER, USER]);
    expect(field('CapBnd')).toEqual(['0000000000000000']);
    expect(field('NoNewPrivs')).toEqual(['1']);
  });

  it('has a root filesystem that even root could not write to', async () => {
    // The kernel's name for the root of that process.
    for (const path of ['app/written', 'tmp/written'])
      await expect(writeFile(join('/proc', pid, 'root', path), '')).rejects.toMatchObject({ code: 'EROFS' });
  });

  it('needs no shell, as none of them can be run here', async () => {
    const inside = [`--target=${pid}`, '--mount', '--root'];
    await expect(run('nsenter', [...inside, 'sh', '-c', 'true'])).rejects.toMatchObject({ code: 126 });
  });

  it('counts a request and simulated observations, and Prometheus can read them', async () => {
    expect(await (await fetch(`${url}/some`)).text()).toBe('hello!');
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(samples(await response.text()).get('incoming_requests')).toBe(1);
    const recorded = 'service_collector_observations_total{source="simulator"}';
    await until(
      () => sample({ url }, recorded),
      (count = 0) => count > 10,
    );
    const all = samples(await (await fetch(`${url}/metrics`)).text());
    expect(total(all, 'response_code')).toBe(all.get(recorded));
  });

  it('is healthy by its own HEALTHCHECK, and unhealthy where nothing listens', async () => {
    const [kind, ...check] = healthcheck;
    expect(kind).toBe('CMD');
    const inside = [`--target=${pid}`, '--mount', '--pid', '--root', '--wd'];
    const user = [`--setuid=${USER}`, `--setgid=${USER}`];
    const checkAt = (port: string) =>
      run('nsenter', [...inside, ...user, ...check], { env: { ...environment(), PORT: port } });
    await checkAt(new URL(url).port);
    await expect(checkAt('1')).rejects.toMatchObject({ code: 1 });
  });

  it('ends with code 0 on SIGTERM', async () => {
    if (container === undefined) throw new Error('it does not run');
    const exit = once(container, 'exit');
    process.kill(Number(pid), 'SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(output).toContain('SIGTERM: shutting down');
  });
});

/** The variables that the image sets. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    config.Env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
