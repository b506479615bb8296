// Lines of access logs in the formats of nginx, Apache, Caddy, Traefik and Envoy, valid and spoiled.
import fc from 'fast-check';
import { spoiled } from './spoiled.js';

const PIECES = [
  ...String.raw`" \" \ [ ] { } - 0.123 1e400 -1 200 000 NaN "" [[[[ \u0000 \ud800`.split(' '),
  ...'"status": "duration": "response_code": "DownstreamStatus": "Duration":1e400 "__proto__":{}'.split(' '),
  ...'{} {"toString":1} [] null -0 1e-400 "NaN"'.split(' '),
  '] "',
  '" 200 5',
  '[22/Nov/2026:13:55:36 +0100] "',
  ...Array.from(' \0\r\xff'),
  '\xed\xa0\x80',
];

/** Valid lines of a status and a duration. */
const FORMATS: readonly ((status: number, milliseconds: number) => string)[] = [
  combined,
  (status) => `${combined(status)} "http://example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`,
  (status, milliseconds) => `${combined(status)} "-" "curl/8" ${(milliseconds / 1000).toFixed(3)}`,
  (status, milliseconds) => `{"status":${status},"request_time":"${(milliseconds / 1000).toFixed(3)}"}`,
  (status, milliseconds) =>
    `{"logger":"http.log.access.log0","status":${status},"duration":${milliseconds / 1e6}}`,
  (status, milliseconds) => `{"DownstreamStatus":${status},"Duration":${milliseconds}}`,
  (status, milliseconds) => `{"response_code":${status},"duration":${milliseconds}}`,
];

function combined(status: number): string {
  return `203.0.113.7 - frank [22/Nov/2026:13:55:36 +0100] "GET /${'a'.repeat(status === 414 ? 4000 : 1)} HTTP/1.1" ${status} 2326`;
}

const line = fc
  .tuple(fc.constantFrom(...FORMATS), fc.constantFrom(100, 200, 302, 404, 414, 503, 599), fc.nat(10_000))
  .map(([written, status, milliseconds]) => written(status, milliseconds));

/** What may say anything, and may be several lines. */
export const spoiledLine = spoiled(line, PIECES);

const HEADERS = [
  '',
  '<190>Nov 22 13:55:36 web1 nginx: ',
  '<190>1 2026-11-22T13:55:36.123Z web1 nginx 7 - [a b="c"] ',
];

const message = fc.tuple(fc.constantFrom(...HEADERS), line).map(([header, text]) => `${header}${text}`);

/** What comes over a connection of syslog, in both framings. */
export const syslogStream = spoiled(
  fc
    .tuple(fc.array(message, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([messages, isCounted]) =>
      messages.map((text) => (isCounted ? `${text.length} ${text}` : `${text}\n`)).join(''),
    ),
  [...PIECES, '<', '<13>', '\n', '9999999 ', '12 <', '2026-11-22T13:55:36.123456789Z stdout P '],
);
