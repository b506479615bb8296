import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';
import { Program } from './program.js';
import { TemporaryFolder } from './temporary-folder.js';

describe('--check', () => {
  const folder = new TemporaryFolder();
  afterAll(() => folder[Symbol.dispose]());
  const check = (env: NodeJS.ProcessEnv): Program =>
    new Program([process.execPath, join(ROOT, 'dist/service.js'), '--check'], { cwd: folder.path, env });

  it('prints the settings in force by their origin, without secrets, and the greatest number of series', async () => {
    writeFileSync(folder.file('.env'), 'LOG_LEVEL=warn\n');
    const lists = 'SERVICES: &shop [shop]\nENVIRONMENTS: *shop\nROUTES:\n  - /\n  - /users/:id\n';
    writeFileSync(folder.file('config.yaml'), `PORT: 1\nMETRICS_TOKEN: secret\n${lists}`);
    await using program = check({ CONFIG_FILE: 'config.yaml', PORT: '2', NATS_URL: 'nats://secret' });
    expect(await program.exit).toBe(0);
    const [outside, inside, defaults, rest] = program.output.split('\n\n');
    expect(outside).toBe(
      '# From the environment and .env\nCONFIG_FILE: config.yaml\nNATS_URL: …\nPORT: 2\nLOG_LEVEL: warn',
    );
    expect(inside).toBe(
      '# From config.yaml\nENVIRONMENTS:\n  - shop\nSERVICES:\n  - shop\nROUTES:\n  - /\n  - /users/:id\nMETRICS_TOKEN: …',
    );
    expect(defaults).toMatch(/^# Defaults\n(?!.*(PORT|TOKEN|METHODS))/s);
    expect(rest).toBe(
      '# At most 1 env × 2 service × 3 route × (500 codes + 11 buckets + 3) = 3,084 series\n',
    );
  });

  it('prints long lists to their end, also into a pipe', async () => {
    const SERVICES = Array.from({ length: 20_000 }, (_, index) => `  - s${index}\n`).join('');
    writeFileSync(folder.file('config.yaml'), `SERVICES:\n${SERVICES}`);
    await using program = check({ CONFIG_FILE: 'config.yaml', MAX_SERIES: '100000000' });
    expect(await program.exit).toBe(0);
    expect(program.output).toMatch(/ series\n$/);
  });

  it('prints all problems and exits with 1', async () => {
    await using program = check({ PORT: 'x', ROUTES: 'a', METHODS: 'GET,GET' });
    expect(await program.exit).toBe(1);
    expect(program.errors).toBe(program.output);
    expect(program.output).toMatch(/^Invalid configuration:\n {2}METHODS=.*\n {2}ROUTES=.*\n {2}PORT=.*\n$/);
  });

  it('is the only argument that the program takes', async () => {
    await using program = new Program([process.execPath, join(ROOT, 'dist/service.js'), '--chek'], {
      env: {},
    });
    expect(await program.exit).toBe(1);
    expect(program.errors).toBe('Unknown argument --chek\n');
  });

  it('starts with what it has checked', async () => {
    writeFileSync(folder.file('config.yaml'), 'HOST: 127.0.0.1\nPORT: 0\n');
    await using program = new Program([process.execPath, join(ROOT, 'dist/service.js')], {
      cwd: folder.path,
      env: { CONFIG_FILE: 'config.yaml', LOG_LEVEL: 'log' },
    });
    await program.logged(/Listening on http:\/\/127\.0\.0\.1:/);
  });
});

describe('--explain', () => {
  const folder = new TemporaryFolder();
  afterAll(() => folder[Symbol.dispose]());
  const explain = (env: NodeJS.ProcessEnv, ...path: string[]): Program =>
    new Program([process.execPath, join(ROOT, 'dist/service.js'), '--explain', ...path], { env });
  const path = folder.file('access.log');
  const ACCESS_LOGS = `testing=${folder.file('*.log')}`;

  it.each<[env: NodeJS.ProcessEnv, lines: string, code: number, printed: RegExp]>([
    [{}, '192.0.2.1 - - [22/Nov/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 5\n', 0, /200 .* combined\n/],
    [{ ACCESS_LOGS, ACCESS_LOG_FORMAT_TESTING: 'status=code' }, '{"code":503}\n', 0, /503/],
    [{}, 'a\n', 1, /^No line looks like a request/],
    [{ ACCESS_LOG_FORMAT: 'x' }, 'a\n', 1, /^Invalid configuration/],
  ])('with %j explains %j and exits with %i', async (env, lines, code, printed) => {
    writeFileSync(path, lines);
    await using program = explain(env, path);
    expect(await program.exit).toBe(code);
    expect(program.output).toMatch(printed);
  });

  it('prints long tables to their end, also into a pipe', async () => {
    const lines = Array.from(
      { length: 500 },
      (_, index) =>
        `a - - [22/Nov/2026:13:55:36 +0000] "${'A'.repeat(60)} /${'b'.repeat(60)}" ${100 + index} 5\n`,
    );
    writeFileSync(path, `${lines.join('')}b\n`);
    await using program = explain({}, path);
    expect(await program.exit).toBe(0);
    expect(program.output).toMatch(/\n"b"\n$/);
  });

  it.each([[[], /^Usage:/] as const, [['/nowhere'], /^ENOENT/] as const])(
    'needs a file: %j',
    async (args, problem) => {
      await using program = explain({}, ...args);
      expect(await program.exit).toBe(1);
      expect(program.errors).toMatch(problem);
    },
  );
});

it.each([
  ['$SERVICE --check | head -n 1', /^# .*\n$/],
  ['$SERVICE --explain LICENSE | head -n 1', /^No line looks like a request.\n$/],
  ['cat /dev/zero | $SERVICE --explain - | head -n 2', /^No line looks like a request.\n1 rejected.*\n$/],
  ['$SERVICE --check > /dev/full', /^$/],
])(
  'prints no stack where nobody reads all of it, and reads no log without end: %s',
  async (command, printed) => {
    const env = { PATH: process.env['PATH'], SERVICE: `${process.execPath} dist/service.js` };
    await using program = new Program(['sh', '-c', command], { cwd: ROOT, env });
    await program.exit;
    expect(program.output).toMatch(printed);
  },
);
