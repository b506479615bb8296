import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountOf } from '../accounting.js';
import { ROOT, ServiceProcess } from '../process.js';
import { freePort, sample, until } from '../service.js';
import { Prometheus } from './prometheus.js';

const STATUSES = [200, 204, 301, 404, 429, 500, 503];

describe('the access log of a real nginx', () => {
  let directory: string;
  let nginx: ChildProcess;
  let port: number;
  let service: ServiceProcess;
  let url: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nginx-'));
    port = await freePort();
    const answers = STATUSES.map((status) => `location = /${status} { return ${status}; }`);
    const example = (name: string): string => readFileSync(join(ROOT, 'examples/nginx', name), 'utf8');
    const server = example('default.conf')
      .replace('listen 80;', `listen 127.0.0.1:${port}; keepalive_requests 1000000; ${answers.join('\n')}`)
      .replace('/var/log/collected/access.log', 'access.log');
    writeFileSync(
      join(directory, 'nginx.conf'),
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
    service = new ServiceProcess({
      SIMULATOR: 'off',
      ACCESS_LOGS: `production=${join(directory, 'access.log')}`,
      STATE_DIR: directory,
    });
    url = (await service.listening()).url;
    nginx = spawn('nginx', ['-p', directory, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'inherit' });
    await until(
      () => answer(200).catch(() => undefined),
      (status) => status === 200,
    );
  });
  afterAll(async () => {
    agent.destroy();
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
    await service[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answered = new Map<number, number>();

  /** Asks nginx for an answer with a status, and counts it. */
  async function answer(status: number): Promise<number | undefined> {
    const request = get({ port, host: '127.0.0.1', path: `/${status}`, agent });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const { statusCode } = response;
    answered.set(statusCode, (answered.get(statusCode) ?? 0) + 1);
    return statusCode;
  }

  it('is counted exactly by status code, though it is rotated twice under load', async () => {
    const rotate = (name: string): void => {
      renameSync(join(directory, 'access.log'), join(directory, name));
      nginx.kill('SIGUSR1'); // what `nginx -s reopen` sends
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
      interval: '250ms',
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
    renameSync(join(directory, 'access.log.1'), join(directory, 'access.log.2'));
    renameSync(join(directory, 'access.log'), join(directory, 'access.log.1'));
    nginx.kill('SIGUSR1');
    for (const status of STATUSES) await answer(status);
    service = new ServiceProcess({
      SIMULATOR: 'off',
      ACCESS_LOGS: `production=${join(directory, 'access.log')}`,
      STATE_DIR: directory,
    });
    url = (await service.listening()).url;
    const account = await until(
      () => accountOf({ url }, 'access_log'),
      ({ recorded }) => recorded >= 2 * STATUSES.length,
    );
    const written = [...answered.values()].reduce((sum, count) => sum + count, 0) - before;
    expect(account).toMatchObject({ recorded: written, rejected: {}, responses: written });
  });
});
