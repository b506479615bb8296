import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { LineReader } from '../../src/formats/lines/line-reader.js';
import { parseFormat } from '../../src/formats/lines/parse-format.js';
import { Program } from '../program.js';
import { until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';

interface Server {
  command: (folder: string) => string[];
  file: string;
  configuration: (address: string, folder: string) => string;
  /** Logs, by the formats in which they are read; `-` is standard output. What stands after a blank tells logs of one format apart. */
  logs: Readonly<Record<string, string>>;
}

const NGINX =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
const OWN_NGINX = '$host $status $request_length $request_time "$request_uri" $request_method';
const APACHE_MODULES = '/usr/lib/apache2/modules';

const SERVERS: Readonly<Record<string, Server>> = {
  nginx: {
    command: (folder) => ['nginx', '-p', folder, '-c', 'server.conf', '-e', 'error.log'],
    file: 'server.conf',
    configuration: (address) => `user root; daemon off; pid nginx.pid; events {}
      http {
        client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
        log_format timed '${NGINX} $request_time $upstream_response_time';
        log_format named '${NGINX} rt=$request_time uct="$upstream_connect_time" urt="$upstream_response_time"';
        log_format json escape=json '{"status":"$status","request_time":"$request_time","request":"$request","agent":"$http_user_agent"}';
        log_format bare '{"status":$status,"request_time":$request_time,"request":"$request","agent":"$http_user_agent"}';
        log_format own '${OWN_NGINX}';
        access_log combined.log; access_log timed.log timed; access_log named.log named;
        access_log json.log json; access_log bare.log bare; access_log own.log own;
        server { listen ${address}; location / { return 404; } location = /ok { return 200; } }
      }`,
    logs: {
      'auto 1': 'combined.log',
      'auto 2': 'timed.log',
      'auto 3': 'named.log',
      'auto 4': 'json.log',
      'auto 5': 'bare.log',
      [OWN_NGINX]: 'own.log',
    },
  },
  apache: {
    command: (folder) => ['apache2', '-X', '-d', folder, '-f', 'server.conf'],
    file: 'server.conf',
    configuration: (address, folder) => `
      ${['mpm_event', 'authz_core', 'alias'].map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`).join('\n')}
      ServerName log.example
      Listen ${address}
      PidFile apache.pid
      ErrorLog error.log
      DocumentRoot ${folder}/www
      Redirect 404 /missing
      LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
      LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" vhost_combined
      CustomLog combined.log combined
      CustomLog vhost.log vhost_combined
      CustomLog timed.log '%h %l %u %t "%r" %>s %b %D'
      CustomLog json.log '{"status":%>s,"us":%D,"request":"%r","agent":"%{User-Agent}i"}'`,
    logs: {
      'auto 1': 'combined.log',
      'auto 2': 'vhost.log',
      '%h %l %u %t "%r" %>s %b %D': 'timed.log',
      '{"status":%>s,"us":%D,"request":"%r"}': 'json.log',
    },
  },
  haproxy: {
    command: () => ['haproxy', '-db', '-f', 'server.cfg'],
    file: 'server.cfg',
    configuration: (address) => `
      global
        log stdout format raw local0
      defaults
        mode http
        log global
        option httplog
        timeout client 5s
        timeout server 5s
        timeout connect 5s
      frontend shop
        bind ${address}
        http-request capture req.hdr(User-Agent) len 40
        http-request return status 200 if { path /ok }
        http-request return status 404\n`,
    logs: { auto: '-' },
  },
  'Caddy, JSON': caddy('output file json.log', 'json.log'),
  // Among its other messages, which are JSON.
  'Caddy, console': caddy('output stderr\nformat console', '-'),
  lighttpd: {
    command: () => ['lighttpd', '-D', '-f', 'lighttpd.conf'],
    file: 'lighttpd.conf',
    configuration: (address, folder) => `
      server.modules = ("mod_accesslog")
      server.bind = "${address.split(':')[0]}"
      server.port = ${address.split(':')[1]}
      server.document-root = "${folder}/www"
      server.errorlog = "${folder}/error.log"
      accesslog.filename = "${folder}/access.log"`,
    logs: { auto: 'access.log' },
  },
};

function caddy(output: string, log: string): Server {
  return {
    command: () => ['caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
    file: 'Caddyfile',
    configuration: (address) =>
      `{\nadmin off\nauto_https off\n}
      http://${address} {\nlog {\n${output}\n}\nrespond /ok 200\nrespond 404\n}`,
    logs: { auto: log },
  };
}

/** Formats that have no duration. */
const UNTIMED = /combined|vhost|access/;

describe('the log of a real server', () => {
  it.each(Object.entries(SERVERS))(
    'is understood: %s',
    async (_name, { command, file, configuration, logs }) => {
      using folder = new TemporaryFolder();
      const address = await freeAddress();
      mkdirSync(folder.file('www'));
      writeFileSync(folder.file('www/ok'), 'ok');
      writeFileSync(folder.file(file), configuration(address, folder.path));
      const environment = { PATH: process.env['PATH'], HOME: folder.path };
      const server = new Program(command(folder.path), { cwd: folder.path, env: environment });
      const status = (path: string): Promise<number> => answer(`http://${address}${path}`);
      await until(
        () =>
          Promise.race([
            status('/ready').catch(() => 0),
            server.exit.then(() => {
              throw new Error(server.output);
            }),
          ]),
        (code) => code > 0,
      );
      expect([await status('/ok'), await status('/missing?x=%22')]).toEqual([200, 404]);
      server.signal('SIGTERM');
      await server.exit;
      for (const [format, log] of Object.entries(logs)) {
        const text = log === '-' ? server.output : readFileSync(folder.file(log), 'utf8');
        const timed = !UNTIMED.test(log);
        expect([log, ...read(text, format.replace(/^auto .*/, 'auto'))]).toEqual([
          log,
          `200 GET /ok ${timed}`,
          `404 GET /missing?x=%22 ${timed}`,
        ]);
      }
    },
  );
});

function answer(url: string): Promise<number> {
  const headers = { 'User-Agent': 'a "quoted" \\ agent' };
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).on(
      'error',
      reject,
    );
  });
}

/** Status, method, path and whether there is a plausible duration of each request but those that waited for the server. */
function read(text: string, format: string): string[] {
  const reader = new LineReader(parseFormat(format), ['method', 'path']);
  const requests: string[] = [];
  for (const line of text.split('\n')) {
    const bytes = Buffer.from(line);
    if (reader.read(bytes, 0, bytes.length) !== 'request') continue;
    const { statuscode, seconds, method, path } = reader.line;
    if (path !== '/ready') requests.push(`${statuscode} ${method} ${path} ${seconds >= 0 && seconds < 5}`);
  }
  return requests;
}
