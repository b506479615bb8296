import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { LineReader } from './line-reader.js';
import { parseFormat } from './parse-format.js';

const T = '[22/Nov/2026:13:55:36 +0000]';
const COMMON = `203.0.113.7 - - ${T} "GET /a HTTP/1.1" 200 512`;
const A = `${COMMON} "-" "x"`;
const CRI = '2026-11-22T13:55:36.123456789Z stdout';
const docker = (log: string): string =>
  JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-11-22T13:55:36Z' });
const alb = (times: string): string =>
  `http 2026-11-22T13:55:36.186641Z app/lb/50dc 192.0.2.1:2817 - ${times} 200 - 34 366 "GET http://a.example:80/x HTTP/1.1" "curl/8" - - arn:aws:x`;
const ENVOY = '[2026-11-22T13:55:36.123Z] "GET /x HTTP/1.1" 503 UF';
const IIS =
  '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status sc-substatus time-taken';

/** The verdict, or `status seconds method path service` of the last of some lines, without what is not known at the end. */
function read(lines: string, format = 'auto'): string {
  const reader = new LineReader(parseFormat(format), ['method', 'path', 'service']);
  let last = '';
  for (const line of lines.split('\n')) {
    const bytes = Buffer.from(line);
    const verdict = reader.read(bytes, 0, bytes.length);
    const { statuscode, seconds, method, path, service } = reader.line;
    const values = [statuscode, Number.isNaN(seconds) ? '-' : seconds, method, path, service];
    last =
      verdict === 'request'
        ? values
            .map((value) => value ?? '-')
            .join(' ')
            .replace(/( -)+$/, '')
        : verdict;
  }
  return last;
}

describe('lines of an unknown format', () => {
  it.each([
    ['common', COMMON, '200 - GET /a'],
    ['common without a size', COMMON.replace('512', '-'), '200 - GET /a'],
    ['combined', A, '200 - GET /a'],
    ['request time first', `${A} 1.900 0.100`, '200 1.9 GET /a'],
    ['upstream times', `${A} 1.900 1.800 0.000`, '200 1.9 GET /a'],
    ['request time last', `${A} "10.0.0.1" 0.100 0.250`, '200 0.25 GET /a'],
    ['several upstreams', `${A} 5.001 5.001, 0.000`, '200 5.001 GET /a'],
    ['internal redirects', `${A} 0.163 0.003, 0.120 : 0.040`, '200 0.163 GET /a'],
    ['no upstream', `${A} 0.004 -`, '200 0.004 GET /a'],
    ['$pipe', `${A} 0.300 0.290 .`, '200 0.3 GET /a'],
    ['$msec', `${A} "192.0.2.1" abcdef 1795355736.724 2.500 0.000 0.010 0.020`, '200 2.5 GET /a'],
    ['$msec alone', `${A} 1795355736.724`, '200 - GET /a'],
    ['named times', `${A} rt=0.300 uct="0.001" uht="0.290" urt="0.290"`, '200 0.3 GET /a'],
    ['times named with colons', `${A} request_time:0.300 upstream_response_time:0.200`, '200 0.3 GET /a'],
    ['an upstream time alone', `${A} urt=0.290`, '200 - GET /a'],
    ['a quoted time', `${A} "0.050"`, '200 0.05 GET /a'],
    ['a header that once looks like a time', `${A} "192.0.2.1"\n${A} "9999.000"`, '200 - GET /a'],
    ['a user agent that is a time', `${COMMON} "1.000" "2.000"`, '200 - GET /a'],
    ['a user agent that ends like a time', `${COMMON} "-" "agent 0.123"`, '200 - GET /a'],
    ['time before the quotes', COMMON.replace('512', '242 223 0.024 0.001 "-" "-"'), '200 0.024 GET /a'],
    [
      'a host between time and request',
      `203.0.113.7 - - ${T} "api.example.com" "POST /c HTTP/1.1" 201 5 "-" "x" 0.038`,
      '201 0.038 POST /c api.example.com',
    ],
    [
      'a bare host there',
      `203.0.113.7 - - ${T} api.example.com "POST /c HTTP/1.1" 201 5 "-" "x" 0.038`,
      '201 0.038 POST /c api.example.com',
    ],
    [
      '$time_iso8601',
      '203.0.113.7 - - [2026-11-22T13:55:36+00:00] "GET /h HTTP/1.1" 204 5 "-" "x" 0.038',
      '204 0.038 GET /h',
    ],
    ['several blanks', `203.0.113.7 - - ${T}  "GET /a HTTP/1.1"  200      83 "-" "-"`, '200 - GET /a'],
    ['ten days and more', `${A} 864001.000`, '200 - GET /a'],
    ["an integer, which is Apache's %D or a port", `${A} 5311`, '200 - GET /a'],
    ['Rack and Puma', `${COMMON} 0.0123`, '200 0.0123 GET /a'],
    ['IPv6', A.replace('203.0.113.7', '2001:db8::1'), '200 - GET /a'],
    ['vhost_combined', `example.com:443 ${A}`, '200 - GET /a example.com'],
    ['lighttpd', A.replace('- -', 'example.com -'), '200 - GET /a example.com'],
    ['a user name of two words', A.replace('- -', '- jane doe'), '200 - GET /a'],
    ['a TLS handshake', `203.0.113.7 - - ${T} "\\x16\\x03\\x01" 400 150 "-" "-"`, '400'],
    ['raw TLS bytes', `203.0.113.7 - - ${T} "\u0016\u0003\u0001\u0000" 400 150 "-" "-"`, '400'],
    ['no request', `203.0.113.7 - - ${T} "" 400 0 "-" "-" 0.000`, '400 0'],
    ['a timeout', `203.0.113.7 - - ${T} "-" 408 - "-" "-"`, '408'],
    [
      'quotes that Apache escaped',
      `203.0.113.7 - - ${T} "GET /\\" 500 1 \\\\" 404 7 "a\\"b" "-"`,
      '404 - GET /\\" 500 1 \\\\',
    ],
    [
      'a user that looks like a request',
      `203.0.113.7 - a] \\"GET / HTTP/1.1\\" 500 0 ${T} "GET /b HTTP/1.1" 200 5`,
      '200 - GET /b',
    ],
    ['status 000', COMMON.replace(' 200 ', ' 000 '), 'invalid_statuscode'],
    ['status -', COMMON.replace(' 200 ', ' - '), 'invalid_statuscode'],
    ['status 0', COMMON.replace(' 200 ', ' 0 '), 'invalid_statuscode'],
    ['status 600', COMMON.replace(' 200 ', ' 600 '), 'invalid_statuscode'],
    ['status 999', COMMON.replace(' 200 ', ' 999 '), 'invalid_statuscode'],
    [
      'ingress-nginx',
      `192.0.2.9 - - ${T} "GET /api HTTP/2.0" 502 552 "-" "Mozilla/5.0" 431 0.013 [default-shop-80] [] 10.0.0.7:8080, 10.0.0.8:8080 0, 552 0.009, 0.004 502, 502 8d0c2a`,
      '502 0.013 GET /api default-shop-80',
    ],
    [
      'Traefik',
      `192.0.2.1 - - ${T} "GET /x HTTP/1.1" 404 19 "-" "curl/8" 7 "web@docker" "http://10.0.0.2:80" 210ms`,
      '404 0.21 GET /x web@docker',
    ],
    [
      'Traefik without a router',
      `192.0.2.1 - - ${T} "GET /x HTTP/1.1" 404 19 "-" "-" 7 "-" "-" 0ms`,
      '404 0 GET /x',
    ],
    [
      'HAProxy in CLF',
      `127.0.0.1 - - ${T} "GET /b HTTP/1.1" 503 131 "" "" 34784 169 "fe4" "app" "web1" 0 0 0 52 52 ---- 2 1 0 0 0 0 0 "" ""`,
      '503 - GET /b',
    ],
    [
      "gunicorn's own message",
      '[2026-11-29 13:50:25 +0000] [4500] [INFO] Starting gunicorn 23.0.0',
      'skipped',
    ],
    [
      'werkzeug',
      '127.0.0.1 - - [29/Nov/2026 13:50:30] "\u001b[35m\u001b[1mGET /a/503 HTTP/1.1\u001b[0m" 503 -',
      '503 - GET /a/503',
    ],
    [
      'werkzeug without colours',
      '127.0.0.1 - - [29/Nov/2026 13:50:30] "GET /a/200 HTTP/1.1" 200 -',
      '200 - GET /a/200',
    ],
    ['Django', '[29/Nov/2026 13:50:30] "GET /a HTTP/1.1" 200 12', '200 - GET /a'],
    ['daphne', '127.0.0.1:3912 - - [29/Nov/2026:13:50:30] "GET /a" 200 12', '200 - GET /a'],
    [
      'hypercorn',
      `[2026-11-29 13:50:30 +0000] [7] [INFO] 127.0.0.1:3912 - - ${T} "GET /a 1.1" 200 12 "-" "x"`,
      '200 - GET /a 1.1',
    ],
  ])('combined: %s', (_what, line, expected) => expect(read(line)).toBe(expected));

  it.each([
    [
      'haproxy',
      '192.0.2.1:51234 [22/Nov/2026:13:55:36.123] fe~ app/web1 0/0/1/55/56 503 2750 - - ---- 12/10/2/1/0 0/0 "GET /x HTTP/1.1"',
      '503 0.056 GET /x app',
    ],
    [
      'haproxy with an answer that goes on',
      '2001:db8::1:51234 [22/Nov/2026:13:55:36.123] fe app/web1 0/0/1/55/+56 200 2750 - - ---- 12/10/2/1/0 0/0 "GET /x HTTP/1.1"',
      '200 0.056 GET /x app',
    ],
    [
      'haproxy with a client that left',
      '192.0.2.1:51234 [22/Nov/2026:13:55:36.123] fe fe/<NOSRV> -1/-1/-1/-1/+5 -1 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>"',
      'invalid_statuscode',
    ],
    [
      'haproxy without a time',
      '192.0.2.1:51234 [22/Nov/2026:13:55:36.123] fe fe/<NOSRV> -1/-1/-1/-1/-1 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"',
      '400 - - - fe',
    ],
    [
      'haproxy with captures',
      '127.0.0.1:35084 [29/Nov/2026:12:42:04.731] fe app/web1 0/0/2/55/57 200 114 - - ---- 1/1/0/0/0 0/0 {shop.example} "GET /a?x=#22 HTTP/1.1"',
      '200 0.057 GET /a?x=#22 app',
    ],
    [
      'haproxy with captures of both',
      '127.0.0.1:35084 [29/Nov/2026:12:42:04.731] fe app/web1 0/0/2/55/57 200 114 - - ---- 1/1/0/0/0 0/0 {shop.example|a b} {x} "GET /a HTTP/1.1" 0/-/-/-/0 -/-/-',
      '200 0.057 GET /a app',
    ],
    [
      'haproxy in a file of rsyslog',
      '2026-11-29T12:42:04.731+00:00 web1 haproxy[71]: 127.0.0.1:35084 [29/Nov/2026:12:42:04.731] fe app/web1 0/0/2/55/57 200 114 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1"',
      '200 0.057 GET /a app',
    ],
    ['envoy', `${ENVOY} 0 91 33 - "-" "curl/8" "b2d6" "svc" "10.0.0.3:80"`, '503 0.033 GET /x svc'],
    [
      'istio',
      `${ENVOY} upstream_reset{a} - "-" 0 91 33 - "-" "curl/8" "b2d6" "svc:80" "10.0.0.3:80" outbound|80||svc.shop.svc.cluster.local 10.0.0.2:1 10.0.0.9:80 10.0.0.2:2 - default`,
      '503 0.033 GET /x svc',
    ],
    [
      'Nginx Proxy Manager',
      `${T} - 200 304 - GET https app.example.org "/x" [Client 192.0.2.1] [Length 12] [Gzip -] [Sent-to 10.0.0.3] "curl/8" "-"`,
      '304 - GET /x app.example.org',
    ],
    ['IIS', `${IIS}\n2026-11-22 13:55:36 10.0.0.1 GET /x a=b 80 192.0.2.1 404 0 31`, '404 0.031 GET /x'],
    [
      'IIS after new fields',
      `${IIS}\n2026-11-22 13:55:36 10.0.0.1 GET /x a=b 80 192.0.2.1 404 0 31\n#Software: Microsoft Internet Information Services 10.0\n#Fields: time time-taken sc-status cs-method\n13:55:36 7 503 POST`,
      '503 0.007 POST',
    ],
    [
      'CloudFront',
      '#Version: 1.0\n#Fields: date time cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) time-taken\n2026-11-22\t13:55:36\tGET\td.example\t/x\t200\ta b\t0.031',
      '200 0.031 GET /x d.example',
    ],
    ['AWS ALB', alb('0.001 0.024 0.005'), '200 0.03 GET http://a.example:80/x'],
    ['AWS ALB without an answer in time', alb('0.001 -1 -1'), '200 - GET http://a.example:80/x'],
    ['AWS ALB without a target', alb('-1 -1 -1'), '200 - GET http://a.example:80/x'],
    [
      'squid',
      '1795960230.600    12 127.0.0.1 TCP_MISS/200 512 GET http://a.example/ - HIER_DIRECT/192.0.2.1 text/html',
      '200 0.012 GET http://a.example/',
    ],
    [
      'gin',
      '[GIN] 2026/11/29 - 13:51:15 | 200 |      80.809µs |       127.0.0.1 | GET      "/a/200?x=1"',
      '200 0.000080809 GET /a/200?x=1',
    ],
    [
      'gin with colours',
      '[GIN] 2026/11/29 - 13:51:15 |\u001b[97;42m 200 \u001b[0m|   1m2.5s |       127.0.0.1 |\u001b[97;44m GET     \u001b[0m "/a"',
      '200 62.5 GET /a',
    ],
    ['uvicorn', 'INFO:     127.0.0.1:39684 - "GET /a/200?x=1 HTTP/1.1" 200 OK', '200 - GET /a/200?x=1'],
    [
      'granian',
      '[2026-11-29 13:50:30 +0000] 127.0.0.1 - "GET /a/200 HTTP/1.1" 200 0.192',
      '200 0.000192 GET /a/200',
    ],
    ['morgan tiny', 'GET /a/200?x=1 200 3 - 0.296 ms', '200 0.000296 GET /a/200?x=1'],
    ['morgan dev', '\u001b[0mGET /a \u001b[32m200\u001b[0m 0.296 ms - 3\u001b[0m', '200 0.000296 GET /a'],
    ['koa-logger and hono', '  --> GET /a 200 5ms 12b', '200 0.005 GET /a'],
    [
      'chi',
      '2026/11/29 13:51:15 [web1/abc-000001] "GET http://localhost/a HTTP/1.1" from 127.0.0.1:1234 - 200 5B in 12.3µs',
      '200 0.0000123 GET http://localhost/a',
    ],
    ['php-fpm', '127.0.0.1 -  29/Nov/2026:13:51:15 +0000 "GET /index.php" 200', '200 - GET /index.php'],
    ["PHP's own server", '[Sun Nov 29 13:51:15 2026] 127.0.0.1:1234 [200]: GET /a', '200 - GET /a'],
  ])('text: %s', (_what, line, expected) => expect(read(line)).toBe(expected));

  it.each([
    ['nginx', '{"status":"200","request_time":"0.250"}', '200 0.25'],
    ['nginx with integers of somebody else', '{"status":200,"request_time":5311}', '200'],
    [
      'nginx without a duration',
      '{"status":"304","request_time":"-","request":"GET /x HTTP/1.1"}',
      '304 - GET /x',
    ],
    [
      'nginx, bare',
      '{"status":499,"request_time":0.000,"upstream":-,"request_method":"GET","uri":"/x","host":"a.example"}',
      '499 0 GET /x a.example',
    ],
    ['a byte order mark', '\ufeff{"status":"200","request_time":"0.250"}', '200 0.25'],
    ['a blank in front', ' {"status":"200","request_time":"0.250"} ', '200 0.25'],
    [
      'Apache without escaping',
      '{"ua":"x \\"q\\" \\\\ \\xc3\\xa9","status":200,"method":"GET","path":"/\\x22"}',
      '200 - GET /\\x22',
    ],
    [
      'Caddy',
      '{"level":"info","ts":1.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","host":"a.example:443","uri":"/x?a=1\\u00262","headers":{"Status":["500"]}},"duration":0.000929675,"size":5,"status":404}',
      '404 0.000929675 GET /x?a=1&2 a.example',
    ],
    [
      "Caddy's error log",
      '{"level":"error","logger":"http.log.error.log0","msg":"x","request":{"method":"GET","uri":"/x"},"duration":0.0009,"status":502}',
      'skipped',
    ],
    [
      'Caddy with duration_format',
      '{"level":"info","logger":"http.log.access","msg":"handled request","request":{"method":"GET"},"duration":250000000,"status":200}',
      '200 - GET',
    ],
    [
      'Caddy, client gone',
      '{"level":"info","logger":"http.log.access","msg":"handled request","duration":0.0201,"size":0,"status":0}',
      'invalid_statuscode',
    ],
    [
      "Caddy's console format",
      '2026/11/29 12:42:11.414\t\u001b[31mERROR\u001b[0m\thttp.log.access.log1\thandled request\t{"request": {"method": "GET", "uri": "/x"}, "duration": 0.0002, "status": 502}',
      '502 0.0002 GET /x',
    ],
    [
      "Caddy's console format, another logger",
      '2026/11/29 12:42:11.414\tINFO\tadmin\tadmin endpoint started\t{"status": 200}',
      'skipped',
    ],
    ["an application's message", '{"level":"info","msg":"job finished","status":200}', 'skipped'],
    [
      'ECS, nested',
      '{"http":{"response":{"status_code":503},"request":{"method":"GET"}},"event":{"duration":250000000},"url":{"path":"/x"},"service":{"name":"shop"}}',
      '503 0.25 GET /x shop',
    ],
    [
      'ECS, dotted',
      '{"http.response.status_code":503,"http.request.method":"GET","event.duration":250000000,"url.path":"/x","service.name":"shop"}',
      '503 0.25 GET /x shop',
    ],
    ['ECS, half and half', '{"http":{"response.status_code":503},"event.duration":1000}', '503 0.000001'],
    [
      'pino-http',
      '{"req":{"method":"GET","url":"/x"},"res":{"statusCode":304},"responseTime":12}',
      '304 0.012 GET /x',
    ],
    [
      'fastify, first line',
      '{"level":30,"time":1795960230600,"pid":1,"reqId":"req-1","req":{"method":"GET","url":"/a/200?x=1"},"msg":"incoming request"}',
      'skipped',
    ],
    [
      'fastify, second line',
      '{"level":30,"time":1795960230600,"pid":1,"reqId":"req-1","res":{"statusCode":200},"responseTime":1.896,"msg":"request completed"}',
      '200 0.001896',
    ],
    [
      'express-winston',
      '{"level":"info","message":"HTTP GET /a/503","meta":{"req":{"headers":{},"method":"GET","url":"/a/503"},"res":{"statusCode":503},"responseTime":1}}',
      '503 0.001 GET /a/503',
    ],
    [
      'echo',
      '{"time":"x","remote_ip":"127.0.0.1","host":"a.example","method":"GET","uri":"/a/503","status":503,"error":"","latency":4761,"latency_human":"4.761µs"}',
      '503 0.000004761 GET /a/503 a.example',
    ],
    [
      'Traefik',
      '{"DownstreamStatus":404,"OriginStatus":0,"Duration":4286571,"RequestMethod":"GET","RequestPath":"/x","RouterName":"web@docker"}',
      '404 0.004286571 GET /x web@docker',
    ],
    [
      'Envoy',
      '{"response_code":503,"duration":12,"method":"GET","path":"/x","authority":"svc:80"}',
      '503 0.012 GET /x svc',
    ],
    ['Envoy with texts', '{"response_code":"200","duration":"7"}', '200 0.007'],
    ['Envoy without an answer', '{"response_code":0,"duration":3}', 'invalid_statuscode'],
    [
      'Kong',
      '{"request":{"method":"GET","uri":"/x"},"response":{"status":200},"latencies":{"request":515,"proxy":457},"service":{"name":"shop"}}',
      '200 0.515 GET /x shop',
    ],
    [
      'Google',
      '{"severity":"INFO","message":"x","httpRequest":{"requestMethod":"GET","requestUrl":"https://a.example/x","status":200,"latency":"0.25s"}}',
      '200 0.25 GET https://a.example/x',
    ],
    [
      'lograge in JSON',
      '{"method":"GET","path":"/a","controller":"A","status":200,"duration":5.12}',
      '200 0.00512 GET /a',
    ],
    [
      'lograge',
      'method=GET path=/a format=html controller=A action=b status=200 duration=5.12 view=0.0',
      '200 0.00512 GET /a',
    ],
    [
      'logfmt',
      'time=x level=info msg="request done" method=GET path="/a b" status=200 duration=1.5ms',
      '200 0.0015 GET /a b',
    ],
    ['logfmt without a unit', 'method=GET path=/a status=200 duration=5', '200 - GET /a'],
    ['logfmt of no request', 'level=info msg=started status=200', 'skipped'],
    [
      'lograge behind a logger of Ruby',
      'I, [2026-11-22T13:55:36.123456 #7]  INFO -- : [b2d6] method=GET path=/a controller=A status=200 duration=5.12',
      '200 0.00512 GET /a',
    ],
    [
      'Heroku',
      'at=info method=GET path="/x" host=a.example dyno=web.1 connect=1ms service=18ms status=200 bytes=5',
      '200 0.018 GET /x a.example',
    ],
    ['an unknown writer', '{"method":"GET","url":"/x","status":200,"duration":12}', '200 - GET /x'],
    [
      'an unknown writer with a unit',
      '{"method":"GET","url":"/x","statusCode":200,"duration_ms":12}',
      '200 0.012 GET /x',
    ],
    ['a key that stands twice', '{"request_time":1.000,"status":200,"status":404}', '404 1'],
  ])('JSON: %s', (_what, line, expected) => expect(read(line)).toBe(expected));

  it.each([
    ['Docker', docker(`${A} 0.250`), '200 0.25 GET /a'],
    ['Docker around JSON', docker('{"status":"200","request_time":"0.250"}'), '200 0.25'],
    ['Docker around anything else', docker('listening on :80'), 'skipped'],
    [
      'Docker with parts',
      `${JSON.stringify({ log: A.replace('/a', `/${'a'.repeat(20_000)}`).slice(0, 16_384), stream: 'stdout' })}\n${docker('aa HTTP/1.1" 503 0')}`.replace(
        /aa" /,
        '',
      ),
      '503 - GET',
    ],
    ['CRI', `${CRI} F ${A} 0.250`, '200 0.25 GET /a'],
    ['CRI with an offset', `${CRI} F ${A} 0.250`.replace('Z', '+01:00'), '200 0.25 GET /a'],
    [
      'CRI in parts',
      `${CRI} P ${A.slice(0, 30)}\n${CRI.replace('stdout', 'stderr')} F error\n${CRI} P ${A.slice(30, 50)}\n${CRI} F ${A.slice(50)} 0.250`,
      '200 0.25 GET /a',
    ],
    ['a part', `${CRI} P ${A}`, 'skipped'],
    ['CRI around anything else', `${CRI} F listening on :80`, 'skipped'],
    ['CRI around nothing', `${CRI} F `, 'skipped'],
    ['CRI around JSON that goes on', `${CRI} F {`, 'skipped'],
    [
      'CRI around a status that is none',
      `${CRI} F ${COMMON.replace(' 200 ', ' 000 ')}`,
      'invalid_statuscode',
    ],
    [
      'parts that are too long',
      `${`${CRI} P ${'a'.repeat(16_000)}\n`.repeat(70)}${CRI} F b`,
      'line_too_long',
    ],
    [
      'after parts that are too long',
      `${`${CRI} P ${'a'.repeat(16_000)}\n`.repeat(70)}${CRI} F b\n${CRI} F ${A}`,
      '200 - GET /a',
    ],
    ['syslog', `<190>Nov 22 13:55:36 web1 nginx: ${A} 0.250`, '200 0.25 GET /a'],
    ['syslog without a host', `<134>Nov  2 13:55:36 haproxy[71]: ${A} 0.250`, '200 0.25 GET /a'],
    [
      'syslog with an ISO time',
      `<134>2026-11-22T13:55:36.123+01:00 web1 nginx: ${A} 0.250`,
      '200 0.25 GET /a',
    ],
    ['RFC 5424', `<165>1 2026-11-22T13:55:36.003Z web1 nginx 7 - - ${A} 0.250`, '200 0.25 GET /a'],
    [
      'RFC 5424 with data',
      `<165>1 2026-11-22T13:55:36.003Z web1 nginx 7 ID [a b="]\\"c"][d] ${A} 0.250`,
      '200 0.25 GET /a',
    ],
    ['a file of syslog', `Nov 22 13:55:36 web1 nginx[7]: ${A} 0.250`, '200 0.25 GET /a'],
    ['syslog around anything', '<190>Nov 22 13:55:36 web1 nginx: hello', 'unrecognized_line'],
    [
      'syslog of several programs',
      `Nov 22 13:55:36 web1 nginx: ${A}\nNov 22 13:55:36 web1 systemd[1]: Started x.`,
      'skipped',
    ],
  ])('in an envelope: %s', (_what, line, expected) => expect(read(line).slice(0, 40)).toContain(expected));

  it.each([
    'INFO:     Started server process [7]',
    ' * Running on http://127.0.0.1:5000',
    '[GIN-debug] GET /a --> main.main.func1 (3 handlers)',
    '[2026-11-29 13:50:30 +0000] [INFO] Started worker-1',
    '  <-- GET /a',
    '2026/11/29 12:42:11.414\tINFO\tserving initial configuration\t{}',
  ])('skips %j, which is not about a request', (line) => expect(read(line)).toBe('skipped'));

  it.each([
    ['an empty line', ''],
    ['a dash', '-'],
    ['an error log', '2026/11/22 13:55:36 [error] 7#7: *1 open() "/a" failed (2: No such file or directory)'],
    ['another bracket than that of the time', 'a [b] "GET / HTTP/1.1" 200 5'],
    ['a line cut off in the request', COMMON.slice(0, 60)],
    ['a line cut off before its status', COMMON.slice(0, COMMON.indexOf('200'))],
    ['a line cut off in its status', COMMON.slice(0, COMMON.indexOf('200') + 2)],
    ['a status of four digits', COMMON.replace(' 200 ', ' 2000 ')],
    ['a text for bytes', COMMON.replace(' 512', ' many')],
    ['JSON without a status', '{"msg":"server started"}'],
    ['JSON with a status that is no number', '{"status":"up","method":"GET"}'],
    ['JSON with an object for a status', '{"status":{"code":200},"method":"GET"}'],
    ['a status that nothing says to be of a request', '{"status":200,"duration":12}'],
    ['binary rubbish', '\u0000\u0001\u00ff\u00fe'],
    ['an escape that is no colour', 'a line with \x1b in it'],
    ['colours around colours', `a line with ${'\x1b['.repeat(20_000)}${'0m'.repeat(20_000)}`],
  ])('does not recognise %s', (_what, line) => expect(read(line)).toBe('unrecognized_line'));

  it.each(['{', '{"status":200', '{"status":200}}', "{'status':200}", '{"a":}', '{"a" 1}', '{"a":[}'])(
    'rejects %s, which is not JSON',
    (line) => expect(read(line)).toBe('not_json'),
  );

  it('follows a file whose format changes', () => {
    expect(
      read(`${A}\nGET /a 200 3 - 0.296 ms\n${A} 0.250\n{"response_code":503,"duration":12}\n${A} 0.100`),
    ).toBe('200 0.1 GET /a');
  });

  it('reads nothing beyond the end of a line, wherever it is cut off', () => {
    for (const whole of [
      `${A} 0.250`,
      `${ENVOY} 0 91 33 - "-" "curl/8" "b2d6" "svc" "10.0.0.3:80"`,
      '{"a":"b","status":200,"url":"/x"}',
    ]) {
      for (let cut = 0; cut < whole.length; cut++) {
        const bytes = Buffer.from(`${whole.slice(0, cut)}\n${whole}`);
        const verdict = new LineReader(parseFormat('auto')).read(bytes, 0, cut);
        expect([cut, verdict === 'request']).toEqual([cut, /^\d/.test(read(whole.slice(0, cut)))]);
      }
    }
  });

  const pieces = [
    COMMON,
    A,
    `${A} 0.123`,
    '] "',
    '"',
    '\\',
    `${T} "`,
    '" 200 5',
    ' 0.123',
    '{"status":',
    '}',
    '\\"',
    `${CRI} F `,
    `${CRI} P `,
    '{"log":"',
    '<190>',
    IIS,
    ENVOY,
    'a=b ',
    '\u001b[0m',
    '[GIN] ',
    '\ufeff',
  ];
  const text = fc.oneof(
    fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 12 })
      .map((some) => some.join('').replaceAll('\n', '')),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );

  it('never throws, and gives each line one verdict', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (lines) => {
        const reader = new LineReader(parseFormat('auto'), ['method', 'path', 'service']);
        for (const line of lines) {
          const bytes = Buffer.from(line);
          const verdict = reader.read(bytes, 0, bytes.length);
          expect([
            'request',
            'skipped',
            'invalid_statuscode',
            'unrecognized_line',
            'not_json',
            'line_too_long',
          ]).toContain(verdict);
          if (verdict === 'request') {
            expect(reader.line.statuscode >= 100 && reader.line.statuscode <= 599).toBe(true);
            expect(reader.line.seconds < 0 || reader.line.seconds > 864_000).toBe(false);
          }
        }
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('reads a line the same anywhere in a buffer, and once in any envelope', () => {
    const line = fc.constantFrom(
      COMMON,
      `${A} 0.123`,
      `::1 - "x ${T} "GET / HTTP/1.1" 200 5 "-" "-"`,
      A.replace('[2', '[:'),
      COMMON.slice(0, 40),
      'a "b" 1.000',
      '{"response_code":200}',
      ENVOY,
    );
    const around = fc.oneof(line, fc.string());
    fc.assert(
      fc.property(around, line, around, fc.nat(120), (before, middle, after, cut) => {
        const alone = read(middle);
        const whole = Buffer.from(`${before}\n${middle}\n${after}`);
        const reader = new LineReader(parseFormat('auto'));
        const start = Buffer.byteLength(before) + 1;
        const verdict = reader.read(whole, start, start + Buffer.byteLength(middle));
        expect(verdict === 'request').toBe(/^\d/.test(alone));
        const opened = /^\d/.test(alone) ? alone : 'skipped';
        expect(read(docker(middle))).toBe(opened);
        expect(read(`${CRI} P ${middle.slice(0, cut)}`)).toBe('skipped');
        expect(read(`${CRI} P ${middle.slice(0, cut)}\n${CRI} F ${middle.slice(cut)}`)).toBe(opened);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
