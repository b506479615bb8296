import { once } from 'node:events';
import { ConsoleLogger } from '@nestjs/common';
import WebSocket from 'ws';
import { answersTo } from './raw-http.js';
import { connect, push, type Service, startService } from './service.js';

const INVALID = '{"env":"prod\\u0007","statuscode":200}';

/** Sends a message over a WebSocket, and waits until it is refused or the client is closed. */
async function tell(service: Service, message: string | Buffer, binary = false): Promise<void> {
  const client = await connect(service, '/ws/shop');
  client.on('error', () => undefined);
  client.send(message, { binary });
  await Promise.race([once(client, 'message'), once(client, 'close')]);
  client.terminate();
}

const upgrade = async (service: Service, path: string, headers = {}): Promise<void> => {
  await once(new WebSocket(`${service.url}${path}`, { headers }), 'error');
};

const FORWARDED = { 'X-Forwarded-For': '203.0.113.7:51234' };
const HTTP = 'Refused over HTTP from 127.0.0.1, ';
const WEBSOCKET = 'Refused over a WebSocket from "shop", ';
const UPGRADE = 'Refused over a WebSocket from 127.0.0.1, ';

describe('the log has a line about what is refused', () => {
  const warn = jest.spyOn(ConsoleLogger.prototype, 'warn').mockReturnValue();
  const lines = (): string[] => warn.mock.calls.map(([line]) => String(line));
  beforeEach(() => warn.mockClear());
  afterAll(() => warn.mockRestore());

  it.each<[string, NodeJS.ProcessEnv, (service: Service) => Promise<unknown>]>([
    [
      `${HTTP}invalid_env: "env \\"prod\\\\u0007\\" is not one of testing, production"`,
      {},
      (to) => push(to, `[${INVALID}]`),
    ],
    [`${HTTP}not_an_object: "7 is not an object"`, {}, (to) => push(to, '[7]')],
    [`${HTTP}not_json: "Unexpected end of JSON input"`, {}, (to) => push(to, '')],
    [`${HTTP}not_json: "line 2: `, {}, (to) => push(to, '{}\n{', { 'Content-Type': 'application/jsonl' })],
    [`${HTTP}too_large: `, { BODY_LIMIT_BYTES: '10' }, (to) => push(to, INVALID)],
    [`${HTTP}too_many: `, { MAX_OBSERVATIONS: '1' }, (to) => push(to, '[1,2]')],
    [`${HTTP}unsupported_media_type: `, {}, (to) => push(to, '', { 'Content-Type': 'text/plain' })],
    [
      `${HTTP}unauthorized: "/observations: a bearer token is required"`,
      { INGEST_TOKEN: 'one' },
      (to) => push(to, '[]'),
    ],
    [
      `${HTTP}unauthorized: "/metrics: the bearer token is not valid"`,
      { METRICS_TOKEN: 'one' },
      ({ url }) => fetch(`${url}/metrics`, { headers: { Authorization: 'Bearer s3cret' } }),
    ],
    [
      'Refused over HTTP from 203.0.113.7, not_json: ',
      { TRUSTED_PROXIES: 'loopback' },
      (to) => push(to, '{', FORWARDED),
    ],
    [`${HTTP}malformed: "the request cannot be read`, {}, ({ port }) => answersTo(port, 'HELO\r\n\r\n')],
    [
      `${HTTP}malformed: "the request target /a#b"`,
      {},
      ({ port }) => answersTo(port, 'GET /a#b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    ],
    [`${WEBSOCKET}invalid_env: `, {}, (to) => tell(to, `{"event":"observations","data":${INVALID}}`)],
    [`${WEBSOCKET}not_json: `, {}, (to) => tell(to, 'nope')],
    [
      `${WEBSOCKET}unknown_message: "a binary message is not understood"`,
      {},
      (to) => tell(to, Buffer.of(1), true),
    ],
    [
      `${WEBSOCKET}too_many: `,
      { MAX_OBSERVATIONS: '1' },
      (to) => tell(to, '{"event":"observations","data":[1,2]}'),
    ],
    [`${WEBSOCKET}too_large: `, { BODY_LIMIT_BYTES: '10' }, (to) => tell(to, INVALID)],
    [`${WEBSOCKET}protocol_error: `, {}, (to) => tell(to, Buffer.of(0xff))],
    [
      `${UPGRADE}origin: "/ws/a from https://evil.example: `,
      {},
      (to) => upgrade(to, '/ws/a?token=s3cret', { Origin: 'https://evil.example' }),
    ],
    [`${UPGRADE}unknown_path: "/nothing: `, {}, (to) => upgrade(to, '/nothing')],
    [
      `${UPGRADE}unauthorized: "/ws/a: a bearer token is required"`,
      { INGEST_TOKEN: 'one' },
      (to) => upgrade(to, '/ws/a'),
    ],
  ])('%s…', async (beginning, variables, send) => {
    await using service = await startService({ LOG_LEVEL: 'warn', ...variables });
    for (let time = 0; time < 5; time++) await send(service);
    expect(lines()).toEqual([expect.stringContaining(beginning)]);
    expect(lines()[0]?.startsWith(beginning)).toBe(true);
    expect(lines().join()).not.toContain('s3cret');
  });

  it('about each address that sends too much', async () => {
    await using service = await startService({ LOG_LEVEL: 'warn', RATE_LIMIT: '1' });
    for (let time = 0; time < 5; time++) await fetch(`${service.url}/some`);
    expect(lines()).toEqual([expect.stringMatching(/^Refused over HTTP from 127.0.0.1, rate_limit: /)]);
  });

  it('again after ten seconds, with the number since then', async () => {
    await using service = await startService({ LOG_LEVEL: 'warn' });
    for (let time = 0; time < 4; time++) await push(service, '{');
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 10_000);
    await push(service, '[');
    jest.spyOn(performance, 'now').mockRestore();
    expect(lines()[1]).toMatch(/: ".*", and 3 others since the last such line$/);
  });
});
