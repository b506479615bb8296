import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { accountOf } from '../accounting.js';
import { ROOT, ServiceProcess } from '../process.js';
import { Program } from '../program.js';
import { sample, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';
import { Prometheus } from './prometheus.js';

const STATUSES = [200, 204, 301, 404, 429, 500, 503];

describe('the access log of a real nginx', () => {
  let folder: TemporaryFolder;
  let nginx: Program;
  let address: string;
  let service: ServiceProcess;
  let url: string;

  beforeAll(async () => {
    folder = new TemporaryFolder();
    address = await freeAddress();
    const answers = STATUSES.map((status) => `location = /${status} { return ${status}; }`);
    const example = (name: string): string => readFileSync(join(ROOT, 'examples/nginx', name), 'utf8');
    const server = example('default.conf')
      .replace('listen 80;', `listen ${address}; keepalive_requests 1000000; ${answers.join('\n')}`)
      .replace('/var/log/collected/access.log', 'access.log');
    writeFileSync(
      folder.file('nginx.conf'),
      `user root;
      worker_processes 2;
      daemon off;
      pid nginx.pid;
      events {}
      http {
        ${example('log-format.conf')}
        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        ${server}
      }`,
    );
    await start();
    nginx = new Program(['nginx', '-p', folder.path, '-c', 'nginx.conf', '-e', 'error.log']);
    await until(
      () => answer(200).catch(() => undefined),
      (status) => status === 200,
    );
  });
  afterAll(async () => {
    agent.destroy();
    nginx.signal('SIGTERM'); // with its workers, which SIGKILL would leave
    await nginx.exit;
    await service[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function start(): Promise<void> {
    service = new ServiceProcess({
      SIMULATOR: 'off',
      ACCESS_LOGS: `production=${folder.file('access.log')}`,
      STATE_DIR: folder.path,
    });
    url = (await service.listening()).url;
  }

  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answered = new Map<number, number>();

  /** Asks nginx for an answer with a status, and counts it. */
  async function answer(status: number): Promise<number | undefined> {
    const request = get(`http://${address}/${status}`, { agent });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const { statusCode } = response;
    answered.set(statusCode, (answered.get(statusCode) ?? 0) + 1);
    return statusCode;
  }

  it('is counted exactly by status code, though it is rotated twice under load', async () => {
    const rotate = (name: string): void => {
      renameSync(folder.file('access.log'), folder.file(name));
      nginx.signal('SIGUSR1'); // what `nginx -s reopen` sends
    };
    const load = async (worker: number): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        await answer(STATUSES[(worker + i) % STATUSES.length] ?? NaN);
        if (worker === 0 && i === 300) rotate('access.log.2');
        if (worker === 0 && i === 600) rotate('access.log.1');
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, worker) => load(worker)));
    const total = [...answered.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBe(16_001);
    const account = await until(
      () => accountOf({ url }, 'access_log'),
      ({ recorded }) => recorded >= total,
    );
    expect(account).toEqual({ recorded: total, rejected: {}, responses: total, timed: total });
    for (const [status, count] of answered) {
      const type = `${Math.floor(status / 100)}00`;
      const series = `response_code{env="production",statuscode="${status}",type="${type}"}`;
      expect([status, await sample({ url }, series)]).toEqual([status, count]);
    }
  });

  it('reaches Prometheus with the same counts', async () => {
    await using prometheus = await Prometheus.start({
      file: 'prom/prometheus.yml',
      addresses: { 'localhost:8080': url.replace('http://', '') },
    });
    const stored = await until(
      () => prometheus.query('sum by (statuscode) (response_code{env="production"}) > 0'),
      (results) => results.length === answered.size,
    );
    expect(new Map(stored.map(({ labels, value }) => [Number(labels['statuscode']), value]))).toEqual(
      answered,
    );
  });

  it('is counted once across a restart of the service', async () => {
    const before = [...answered.values()].reduce((sum, count) => sum + count, 0);
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
    for (const status of STATUSES) await answer(status);
    renameSync(folder.file('access.log.1'), folder.file('access.log.2'));
    renameSync(folder.file('access.log'), folder.file('access.log.1'));
    nginx.signal('SIGUSR1');
    for (const status of STATUSES) await answer(status);
    await start();
    const account = await until(
      () => accountOf({ url }, 'access_log'),
      ({ recorded }) => recorded >= 2 * STATUSES.length,
    );
    const written = [...answered.values()].reduce((sum, count) => sum + count, 0) - before;
    expect(account).toMatchObject({ recorded: written, rejected: {}, responses: written });
  });
});
