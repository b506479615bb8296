// Runs the commands of README as they are printed, but for addresses, paths and `npm start`, which would build first.
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NatsStub } from '../nats-stub.js';
import { ROOT, ServiceProcess } from '../process.js';
import { SearchStub } from '../search-stub.js';
import { freePort, sample, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const LINE = '203.0.113.7 - - [29/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 503 200 "-" "curl/8" 0.250\n';

/** The commands of all blocks in a language, each on one line and without its comment. */
const commandsIn = (language: string): string[] =>
  Array.from(README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')), ([, text = '']) => text)
    .flatMap((text) =>
      text
        .replaceAll(/\\\n +/g, '')
        .trim()
        .split('\n'),
    )
    .map((line) => line.replace(/ +# .*/, ''));

/** Starts the service with the variables that a command has in front of `npm start`. */
function start(command: string, replaced: Record<string, string> = {}): ServiceProcess {
  const variables = Array.from(command.matchAll(/(\w+)=('.*?'|\S+)/g), ([, name = '', value = '']) => [
    name,
    Object.entries(replaced).reduce((text, [from, to]) => text.replace(from, to), value.replaceAll("'", '')),
  ]);
  return new ServiceProcess(Object.fromEntries(variables));
}

async function shell(command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  return (await promisify(execFile)('sh', ['-c', command], options)).stdout;
}

/** Waits for the request that LINE tells of. */
const counted = (url: string): Promise<unknown> =>
  until(
    () => sample({ url }, 'response_code{env="production",statuscode="503",type="500"}'),
    (count) => count === 1,
  );

describe("README's commands", () => {
  const folder = new TemporaryFolder();
  const log = folder.file('access.log');
  beforeAll(() => writeFileSync(log, LINE));
  afterAll(() => folder[Symbol.dispose]());

  /** What each command does, by what it begins with. */
  const run: Record<string, (command: string) => Promise<void>> = {
    ACCESS_LOGS: async (command) => {
      await using service = start(command, { '/var/log/nginx/access.log': log });
      await counted((await service.listening()).url);
    },
    SYSLOG: async (command) => {
      const port = await freePort();
      await using service = start(command, { '0.0.0.0:5514': `127.0.0.1:${port}` });
      const { url } = await service.listening();
      const sender = createSocket('udp4');
      sender.send(LINE, port, '127.0.0.1', () => sender.close());
      await counted(url);
    },
    ELASTICSEARCH_URL: async (command) => {
      await using cluster = await SearchStub.listen();
      cluster.add(503);
      await using service = start(command, { 'http://localhost:9200': cluster.url });
      await counted((await service.listening()).url);
    },
    NATS_URL: async (command) => {
      await using nats = await NatsStub.listen();
      const heard = nats.hears('PUB $JS.API.STREAM.INFO.outcomes');
      await using service = start(command, { 'nats://localhost:4222': nats.url });
      await service.listening();
      await heard;
    },
    'curl -s localhost:8080/metrics': async (command) => {
      await using service = start('ACCESS_LOGS=production=log ACCESS_LOG_START=beginning', { log });
      const { url } = await service.listening();
      await counted(url);
      expect(await shell(command.replace('localhost:8080', url))).toBe(
        'response_code{env="production",statuscode="503",type="500"} 1\n',
      );
    },
    'node dist/service.js --explain': async (command) => {
      expect(await shell(command.replace('/var/log/nginx/access.log', log))).toMatch(/503 .* combined\n/);
    },
    'node dist/service.js --check': async (command) => {
      expect(await shell(command)).toMatch(/^# Defaults\n/m);
    },
    'sh examples/curl.sh': (command) => pushes(command, /^\{"recorded":1\}\n\{"recorded":3\}\n$/),
    'sh examples/cron.sh ls': (command) => pushes(command, /^README\.md$/m),
    'node examples/node/websocket.mjs': (command) => pushes(command, /"event":"recorded".*"recorded":1/),
  };

  async function pushes(command: string, printed: RegExp): Promise<void> {
    await using service = start('SIMULATOR=off npm start');
    const { url } = await service.listening();
    expect(await shell(command, { SERVICE_COLLECTOR_URL: url })).toMatch(printed);
  }

  const elsewhere = new Set(['docker compose up --build', 'npm ci && npm start', 'npm cit']);
  it.each(commandsIn('sh').filter((command) => !elsewhere.has(command)))('%s', async (command) => {
    const [, action] = Object.entries(run).find(([beginning]) => command.startsWith(beginning)) ?? [];
    if (!action) throw new Error('add what it does to `run`');
    await action(command);
  });

  it('have beside them a configuration that Prometheus takes', async () => {
    const configuration = folder.file('prometheus.yml');
    writeFileSync(configuration, /^```yaml\n(.*?)^```/ms.exec(README)?.[1] ?? '');
    expect(await shell(`promtool check config --syntax-only ${configuration}`)).toContain('SUCCESS');
  });

  it('print what README says', async () => {
    await using service = start('npm start');
    const { port } = await service.listening();
    const text = commandsIn('console').join('\n').replaceAll('localhost:8080', `127.0.0.1:${port}`);
    for (const [, command = '', printed] of text.matchAll(/^\$ (.*)\n((?:[^$].*\n?)*)/gm))
      expect((await shell(command)).trim()).toBe(printed?.trim());
  });
});
