import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { accountOf } from '../accounting.js';
import { ServiceProcess } from '../process.js';
import { Program } from '../program.js';
import { sample, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';

const REQUESTS = 200;

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 512 "-" "x" 0.250';

const SENDERS: Readonly<
  Record<string, (address: string, udp: string, tcp: string) => { command: string[]; configuration: string }>
> = {
  nginx: (address, udp) => ({
    command: ['nginx', '-p', '.', '-c', 'configuration', '-e', 'error.log'],
    configuration: `user root; daemon off; pid nginx.pid; events {}
      http {
        client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
        log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "-" "$http_user_agent" $request_time';
        access_log syslog:server=${udp},tag=nginx timed;
        server { listen ${address}; return 404; }
      }`,
  }),
  'HAProxy over UDP, RFC 3164': (address, udp) => haproxy(address, `log ${udp} local0`),
  'HAProxy over UDP, RFC 5424': (address, udp) => haproxy(address, `log ${udp} format rfc5424 local0`),
  'HAProxy over UDP, without a header': (address, udp) => haproxy(address, `log ${udp} format raw local0`),
  'HAProxy over TCP, octet counting': (address, _udp, tcp) =>
    haproxy(address, 'log ring@logs format rfc5424 local0', ring(tcp, 'octet-count')),
  'HAProxy over TCP, line feeds': (address, _udp, tcp) =>
    haproxy(address, 'log ring@logs format rfc3164 local0', ring(tcp, 'legacy')),
};

function haproxy(address: string, log: string, sections = ''): { command: string[]; configuration: string } {
  const configuration = `${sections}
defaults
  mode http
  option httplog
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend shop
  ${log}
  bind ${address}
  http-request return status 404\n`;
  return { command: ['haproxy', '-db', '-f', 'configuration'], configuration };
}

function ring(tcp: string, protocol: string): string {
  return `ring logs
  format rfc5424
  maxlen 1200
  size 65536
  timeout connect 5s
  timeout server 10s
  server collector ${tcp} log-proto ${protocol}`;
}

describe('syslog', () => {
  const folder = new TemporaryFolder();
  let service: ServiceProcess;
  let url: string;
  let udp: string;
  let tcp: string;
  beforeEach(async () => {
    service = new ServiceProcess({
      SIMULATOR: 'off',
      SYSLOG: 'production=udp://127.0.0.1:0,production=tcp://127.0.0.1:0',
    });
    url = (await service.listening()).url;
    [udp = '', tcp = ''] = Array.from(
      service.output.matchAll(/(?:udp|tcp):\/\/(\S+:\d+)/g),
      ([, at = '']) => at,
    );
  });
  afterEach(() => service[Symbol.asyncDispose]());
  afterAll(() => folder[Symbol.dispose]());

  async function expectRecorded(count: number): Promise<void> {
    const account = await until(
      () => accountOf({ url }, 'syslog'),
      ({ recorded }) => recorded >= count,
    );
    expect(account).toEqual({ recorded: count, rejected: {}, responses: count, timed: count });
    const series = 'response_code{env="production",statuscode="404",type="400"}';
    expect(await sample({ url }, series)).toBe(count);
  }

  it.each(Object.entries(SENDERS))('counts each request of a real %s', async (_name, sender) => {
    const address = await freeAddress();
    const { command, configuration } = sender(address, udp, tcp);
    writeFileSync(folder.file('configuration'), configuration);
    const server = new Program(command, { cwd: folder.path });
    let answered = 0;
    const ended = server.exit.then((): never => {
      throw new Error(server.output);
    });
    await until(
      () => Promise.race([answer(address).catch(() => 0), ended]),
      (status) => status === 404 && ++answered === REQUESTS,
    );
    await expectRecorded(REQUESTS);
    ended.catch(() => undefined);
    server.signal('SIGTERM'); // also to its workers, which SIGKILL would leave
    await server.exit;
  });

  it.each([
    ['--udp', '--rfc3164'],
    ['--udp', '--rfc5424'],
    ['--tcp', '--octet-count', '--rfc5424'],
    ['--tcp', '--rfc3164'],
  ])('counts the lines of a real logger %s %s %s', async (...options) => {
    const [host = '', port = ''] = (options[0] === '--udp' ? udp : tcp).split(':');
    writeFileSync(folder.file('lines'), `${LINE}\n`.repeat(REQUESTS));
    const given = ['--server', host, '--port', port, '--file', folder.file('lines'), ...options];
    const logger = new Program(['logger', ...given.filter((option) => option !== '')]);
    expect([await logger.exit, logger.output]).toEqual([0, '']);
    await expectRecorded(REQUESTS);
  });
});

function answer(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`http://${address}/`, { agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).on(
      'error',
      reject,
    );
  });
}
