// Lines of access logs: nginx, Apache, Caddy, Traefik and Envoy, valid and spoiled.
import { mutate } from './mutate.js';
import type { Random } from './random.js';

const PIECES = [
  ...String.raw`" \" \ [ ] { } - 0.123 1e400 -1 200 000 NaN "" [[[[ \u0000 \ud800`.split(' '),
  ...'"status": "duration": "response_code": "DownstreamStatus": "Duration":1e400 "__proto__":{}'.split(' '),
  '] "',
  ' ',
  '\0',
  '\r',
  '\xff',
  '\xed\xa0\x80',
  '" 200 5',
  '[22/Nov/2026:13:55:36 +0100] "',
];

/** A line that is recorded, with its line break. */
export function line(random: Random): Buffer {
  const status = 100 + random.below(500);
  const combined = `203.0.113.7 - frank [22/Nov/2026:13:55:36 +0100] "GET /a?b=c HTTP/1.1" ${status} 2326`;
  const duration = random.below(10_000);
  return Buffer.from(
    random.one([
      combined,
      `${combined} "http://example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`,
      `${combined} "-" "curl/8" ${(duration / 1000).toFixed(3)}`,
      `{"status":${status},"request_time":"${(duration / 1000).toFixed(3)}"}`,
      `{"logger":"http.log.access.log0","status":${status},"duration":${duration / 1e6}}`,
      `{"DownstreamStatus":${status},"Duration":${duration}}`,
      `{"response_code":${status},"duration":${duration}}`,
    ]) + random.one(['\n', '\n', '\r\n']),
  );
}

/** What may stand for a value in JSON where another kind is usual. */
const VALUES =
  '{} {"toString":1} {"__proto__":null} [] [[]] null true -1 -0 1e400 1e-400 "" "-" "NaN" "\\ud800"'.split(
    ' ',
  );

/** A line that may say anything; its bytes hold at least one line break. */
export function spoiledLine(random: Random): Buffer {
  const text = line(random)
    .toString()
    .replaceAll(/(?<=:)("[^"]*"|[\d.e-]+)/g, (value) => (random.chance(0.5) ? random.one(VALUES) : value));
  const bytes = random.chance(0.5) ? mutate(random, Buffer.from(text), PIECES) : Buffer.from(text);
  return bytes.includes('\n') ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
