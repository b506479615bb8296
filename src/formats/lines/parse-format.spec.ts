import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { LineReader } from './line-reader.js';
import { FORMAT_NAMES, parseFormat } from './parse-format.js';

const T = '[22/Nov/2026:13:55:36 +0000]';
const A = `203.0.113.7 - - ${T} "GET /a HTTP/1.1" 200 512 "-" "x"`;
const NGINX =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

function read(format: string, line: string): string {
  const reader = new LineReader(parseFormat(format), ['method', 'path', 'service']);
  const bytes = Buffer.from(line);
  const verdict = reader.read(bytes, 0, bytes.length);
  const { statuscode, seconds, method, path, service } = reader.line;
  const values = [statuscode, Number.isNaN(seconds) ? '-' : seconds, method, path, service];
  return verdict === 'request'
    ? values
        .map((value) => value ?? '-')
        .join(' ')
        .replace(/( -)+$/, '')
    : verdict;
}

describe('parseFormat', () => {
  it.each([
    ['nginx', `${NGINX} $request_time`, `${A} 0.250`, '200 0.25 GET /a'],
    ['nginx, an integer', `${NGINX} $request_time`, `${A} 2`, '200 2 GET /a'],
    [
      'nginx, as in its configuration',
      `log_format  main escape=default\n  '$remote_addr - $remote_user [$time_local] "$request" '\n  '$status "$http_x_forwarded_for" $request_time';`,
      `203.0.113.7 - - ${T} "GET /a HTTP/1.1" 404 "a, b" 0.1`,
      '404 0.1 GET /a',
    ],
    ['nginx, quoted', `'${NGINX} "$request_time"'`, `${A} "0.250"`, '200 0.25 GET /a'],
    [
      'nginx, beginning with a quote',
      '"$request" $status ${request_time}s',
      '"GET /a HTTP/1.1" 200 0.5s',
      '200 0.5 GET /a',
    ],
    [
      'nginx, with a number before the status',
      '$remote_addr $time_local "$request" $request_length $status $request_time',
      '203.0.113.7 22/Nov/2026:13:55:36 +0000 "GET /a HTTP/1.1" 301 404 0.250',
      '404 0.25 GET /a',
    ],
    [
      'nginx, with upstreams',
      '$upstream_addr $upstream_response_time $upstream_status $status $request_time',
      '10.0.0.7:80, 10.0.0.8:80 : 10.0.0.9:80 0.009, 0.004 : - 502, 502 : 200 503 0.013',
      '503 0.013',
    ],
    [
      'nginx, with addresses without blanks between',
      '$status $request_method $scheme://$host$request_uri$is_args$args',
      '200 GET https://a.example/x?a=b',
      '200 - GET /x?a=b a.example',
    ],
    [
      'nginx, with tabs',
      "'$time_iso8601\\t$status\\t$request_time\\t$http_user_agent'",
      '2026-11-22T13:55:36+00:00\t200\t0.5\ta b',
      '200 0.5',
    ],
    [
      'nginx, JSON',
      `log_format j escape=json '{"t":"$time_iso8601","s":$status,'\n '"http":{"m":"$request_method","u":"$request_uri"},"rt":"$request_time"}';`,
      '{"t":"x","s":200,"http":{"m":"GET","u":"/a"},"rt":"0.25"}',
      '200 0.25 GET /a',
    ],
    ['nginx by a prefix', 'nginx: $status', '200', '200'],
    [
      'Apache',
      '%h %l %u %t "%r" %>s %b %D',
      `203.0.113.7 - - ${T} "GET /a HTTP/1.1" 200 512 5311`,
      '200 0.005311 GET /a',
    ],
    [
      'Apache, in quotes',
      '\'%h %l %u %t "%r" %>s %b %D\'',
      `203.0.113.7 - - ${T} "GET /a HTTP/1.1" 200 512 5311`,
      '200 0.005311 GET /a',
    ],
    [
      'Apache, as in its configuration',
      'LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\\n  \\"%{User-Agent}i\\" %T %D" with_time',
      `a.example:443 ${A} 0 5311`,
      '200 0.005311 GET /a a.example',
    ],
    [
      'Apache, escaped without quotes',
      '%h %t \\"%r\\" %>s %{ms}T',
      `h ${T} "GET /a HTTP/1.1" 200 31`,
      '200 0.031 GET /a',
    ],
    ['Apache, seconds', '%>s %m %U%q %{s}T', '200 GET /a?b=c 3', '200 3 GET /a?b=c'],
    [
      'Apache, microseconds',
      '%>s %{us}T %{X-Forwarded-For}i %V',
      '200 31 10.0.0.1, 10.0.0.2 a.example',
      '200 0.000031 - - a.example',
    ],
    ['Apache, the last status', '%s %>s', '200 404', '404'],
    [
      'Apache, its own time',
      '[%{%d/%b/%Y %T}t.%{msec_frac}t] %>s %{ms}T',
      '[22/Nov/2026 13:55:36.123] 200 31',
      '200 0.031',
    ],
    ['Apache by a prefix', 'apache: %s %T', '200 3', '200 3'],
    [
      'Apache, JSON',
      'LogFormat "{ \\"time\\":\\"%t\\", \\"status\\":\\"%>s\\", \\"us\\":%D, \\"request\\":\\"%r\\" }" json',
      '{ "time":"x", "status":"503", "us":5311, "request":"GET /\\"x HTTP/1.1" }',
      '503 0.005311 GET /\\"x',
    ],
    [
      'HAProxy',
      'log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc %hr %{+Q}r"',
      '192.0.2.1:51234 [22/Nov/2026:13:55:36.123] fe app/web1 0/0/1/55/56 503 2750 ---- "GET /x HTTP/1.1"',
      '503 0.056 GET /x app',
    ],
    [
      'HAProxy, escaped blanks',
      'log-format %ci\\ %ST\\ %Tt\\ %HM\\ %HU\\ %f\\ %[capture.req.hdr(0)]',
      '192.0.2.1 503 7 GET /x?a=b fe x',
      '503 0.007 GET /x?a=b fe',
    ],
    ['HAProxy by a prefix', 'haproxy: %T %ST', '22/Nov/2026:13:55:36 +0000 200', '200'],
    [
      'Envoy',
      'text_format: "[%START_TIME%] \\"%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%\\" %RESPONSE_CODE% %DURATION% \\"%REQ(USER-AGENT):20%\\" %REQ(:AUTHORITY)%\\n"',
      '[2026-11-22T13:55:36.123Z] "GET /x HTTP/2" 503 33 "a b" svc:80',
      '503 0.033 GET /x svc',
    ],
    [
      'Envoy, JSON',
      '{"code": "%RESPONSE_CODE%", "took": "%DURATION%", "m": "%REQ(:METHOD)%"}',
      '{"code":503,"took":33,"m":"GET"}',
      '503 0.033 GET',
    ],
    [
      'own JSON',
      'status=res.code ms=took method=req.method route=req.path service=app',
      '{"app":"shop","took":12,"res":{"code":200},"req":{"method":"GET","path":"/x"}}',
      '200 0.012 GET /x shop',
    ],
    ['own JSON, whole seconds', 'status=code s=took', '{"code":200,"took":12}', '200 12'],
    ['own logfmt', 'status=code|status us=took', 'took=12 status=200 a="b c"', '200 0.000012'],
    ['own JSON, another line', 'status=code', '{"a":1}', 'unrecognized_line'],
    ['a name', 'combined', `${A} 0.250`, '200 0.25 GET /a'],
    ['a name of two formats', 'traefik', '{"DownstreamStatus":404,"Duration":4286571}', '404 0.004286571'],
    ['a name, of another format', 'caddy', A, 'unrecognized_line'],
    ['IIS', 'iis', A, 'unrecognized_line'],
  ])('%s', (_what, format, line, expected) => expect(read(format, line)).toBe(expected));

  it.each([
    ['unknown', /is neither a format nor one of auto, combined/],
    ['', /is neither a format/],
    ['$remote_addr $request_time', /has no variable for the status code/],
    ['%h %D', /format of apache: has no variable/],
    ['$status$request_time', /at character 8, \$request_time follows \$status with nothing between them/],
    ['$http_user_agent $status', /at character 1, \$http_user_agent can hold blanks, so put it in quotes/],
    ['apache: %h %>s %y', /at character 8, %y is not known/],
    ['haproxy: %ST %Zz', /at character 5, %Zz is not known/],
    ['%>s %Zz', /%Zz is not known|%Z is not known/],
    ['%s %ST', /put "apache:" or "haproxy:" in front/],
    ['ms=took', /has no status=…/],
    ['status=a status=b', /has status= twice/],
    ['status=a msec=b', /"msec=b" is not one of status=…/],
    ['status=', /names no key/],
    ['{"a":"$request_time"}', /has no status=…/],
    ['{"a":"$status"', /JSON/],
  ])('refuses %j', (format, message) => expect(() => parseFormat(format)).toThrow(message));

  it('accepts every name', () => {
    for (const name of FORMAT_NAMES) expect(typeof parseFormat(name)().name).toBe('string');
  });

  it('throws only errors that name the problem, and accepted formats read any line', () => {
    const piece = fc.constantFrom(
      '$status',
      '%>s',
      '%ST',
      '%RESPONSE_CODE%',
      '$request',
      ' ',
      '"',
      "'",
      '[',
      ']',
      '\\',
      '%',
      '$',
      '{',
      '}',
      'status=',
      '|',
      'a',
      '\n',
      '%{',
      '$upstream_addr',
      '$request_uri',
      '$http_referer',
      '200',
      ', ',
    );
    const some = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(some, some, (format, line) => {
        let verdict: string;
        try {
          verdict = read(format, line);
        } catch (error) {
          expect(String(error)).toMatch(/^(Error|SyntaxError): .{5}/);
          return;
        }
        expect(verdict).toMatch(/^(200|skipped|invalid_statuscode|unrecognized_line|not_json)/);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
