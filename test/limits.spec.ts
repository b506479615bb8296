import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { RateLimit } from '../src/server/rate-limit.js';
import { Exporter } from '../src/exposition/exporter.js';
import { accountOf } from './accounting.js';
import { frame, RawWebSocket, TEXT } from './raw-websocket.js';
import { connect, sample, scrape, type Service, startService, until } from './service.js';

const VALID = '{"env":"testing","statuscode":200}';

describe('limits', () => {
  let service: Service;
  afterEach(() => service.close());

  const refused = (reason: string): Promise<number | undefined> =>
    sample(service, `service_collector_refused_total{reason="${reason}"}`);

  function open(): Socket {
    return connectSocket(service.port, '127.0.0.1').on('error', () => undefined);
  }

  /** All that the service answers to some bytes on a connection of their own. */
  async function answerTo(bytes: string): Promise<string> {
    const socket = open();
    socket.write(bytes);
    return text(socket);
  }

  const post = (body: string | Buffer, type = 'application/json'): request.Test =>
    request(service.url)
      .post('/observations')
      .set('Content-Type', type)
      .serialize((bytes: string) => bytes)
      .send(body);

  describe('of a request', () => {
    it.each([
      ['an array', `[${Array(4).fill(VALID).join()}]`, 'application/json'],
      ['lines', `${VALID}\n`.repeat(4), 'application/x-ndjson'],
      ['what are no observations', '[1,2,3,4]', 'application/json'],
    ])('refuse more observations than allowed, as %s, with 413', async (_what, body, type) => {
      service = await startService({ MAX_OBSERVATIONS: '3' });
      const response = await post(body, type).expect(413);
      expect(response.body).toMatchObject({ detail: '4 observations are more than the 3 of one request' });
      expect(await accountOf(service, 'http')).toEqual({
        recorded: 0,
        rejected: { too_many: 4 },
        responses: 0,
        timed: 0,
      });
      await post(`[${Array(3).fill(VALID).join()}]`).expect(200);
    });

    it('refuse JSON that is nested deeper than 32 levels, also gzipped, with 400', async () => {
      service = await startService();
      const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
      const response = await post(nested(33)).expect(400);
      expect(response.body).toMatchObject({ problems: [{ detail: 'JSON is nested deeper than 32 levels' }] });
      await post(gzipSync(nested(500_000)))
        .set('Content-Encoding', 'gzip')
        .expect(400);
      await post(nested(32)).expect(422);
      await post(`{"env":${JSON.stringify('['.repeat(50))}}`).expect(422);
      expect(await accountOf(service, 'http')).toMatchObject({
        rejected: { not_json: 2, not_an_object: 1, invalid_env: 1 },
      });
    });

    it('cut off one that takes too long, with 408', async () => {
      service = await startService({ REQUEST_TIMEOUT_SECONDS: '1' });
      const [head, body] = await Promise.all([
        answerTo('GET /some HTTP/1.1\r\nX-Slow: '),
        answerTo(
          'POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
        ),
      ]);
      for (const answer of [head, body]) {
        expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/);
        expect(answer).toMatch(/"status":408,"detail":"the request did not arrive in time"\}$/);
      }
      expect(await refused('timeout')).toBe(2);
      expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected: { incomplete: 1 } });
    });

    it.each([
      [
        'headers of more than 16 KiB',
        `GET / HTTP/1.1\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
        431,
        'headers_too_large',
      ],
      ['a path of more than 16 KiB', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`, 431, 'headers_too_large'],
      ['what is no HTTP', 'HELO example.org\r\n', 400, 'malformed'],
      ['a TLS handshake', '\u0016\u0003\u0001\u0002\u0000', 400, 'malformed'],
      ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'malformed'],
    ] as const)('answer %s, and count it, but measure no duration', async (_what, bytes, code, reason) => {
      service = await startService();
      expect(await answerTo(bytes)).toMatch(
        new RegExp(`^HTTP/1\\.1 ${code} [^]*application/problem\\+json[^]*"status":${code},`),
      );
      expect(await refused(reason)).toBe(1);
      const measured = [...(await scrape(service)).keys()].filter((series) =>
        series.startsWith('service_collector_http_request_duration_seconds_count'),
      );
      expect(measured).toEqual([expect.stringContaining('route="/metrics",code="200"')]); // the question before
    });

    it('answer the requests before one that is malformed, and then that one', async () => {
      service = await startService();
      const answers = await answerTo('GET /some HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n');
      expect(answers).toMatch(
        /^HTTP\/1\.1 200 OK\r\n[^]*hello!HTTP\/1\.1 400 Bad Request\r\n[^]*"status":400,/,
      );
      expect(await refused('malformed')).toBe(1);
    });

    it('answer a request whose body is malformed, and record nothing', async () => {
      service = await startService();
      const head =
        'POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
      expect(await answerTo(`${head}\r\n\r\nxyz\r\n`)).toMatch(/^HTTP\/1\.1 400 [^]*"status":400,/);
      expect(await refused('malformed')).toBe(1);
      expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected: { incomplete: 1 } });
    });
  });

  describe('of connections', () => {
    it('close one more than are allowed, and count it', async () => {
      service = await startService({ MAX_CONNECTIONS: '2' });
      const sockets = [open(), open()];
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      expect(await text(open())).toBe('');
      for (const socket of sockets) socket.destroy();
      await until(
        () => refused('connections_limit').catch(() => undefined),
        (count) => count !== undefined && count >= 1,
      );
    });

    it('close one with more than 32 requests in progress, and count it', async () => {
      service = await startService();
      const some = 'GET /some HTTP/1.1\r\nHost: a\r\n\r\n';
      const last = 'GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      expect(await answerTo(some.repeat(31) + last)).toMatch(/hello!$/);
      expect(await refused('pipelining')).toBe(0);
      await answerTo(some.repeat(32) + last);
      expect(await refused('pipelining')).toBe(1);
    });

    it.each([
      ['', ''],
      [', also with an upgrade behind it', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
    ])('close one that is silent%s, and count it', async (_what, upgrade) => {
      service = await startService();
      const server: Server = service.app.getHttpServer();
      expect(server.timeout).toBe(60_000);
      server.once('request', ({ socket }) => socket.setTimeout(1));
      const never = new Promise<never>(() => undefined);
      jest.spyOn(service.app.get(Exporter, { strict: false }), 'render').mockReturnValueOnce(never);
      const metrics = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';
      const socket = open();
      socket.write(`${metrics}GET /ws/a HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`);
      await new Promise((resolve) => socket.once('close', resolve));
      expect(await refused('timeout')).toBe(1);
    });

    it('answer a WebSocket client too many with 503, and count it', async () => {
      service = await startService({ MAX_CLIENTS: '1' });
      await connect(service, '/ws/a');
      await expect(connect(service, '/ws/b')).rejects.toThrow('503');
      expect(await refused('clients_limit')).toBe(1);
    });
  });

  describe('of a WebSocket client', () => {
    it('reject a message with more observations than allowed', async () => {
      service = await startService({ MAX_OBSERVATIONS: '3' });
      const client = await connect(service, '/ws/a');
      client.send(`{"event":"observations","data":[${Array(4).fill(VALID).join()}]}`);
      const detail = '4 observations are more than the 3 of one message';
      const [answer] = await once(client, 'message');
      expect(JSON.parse(String(answer))).toEqual({ event: 'rejected', data: { problems: [{ detail }] } });
      expect(await accountOf(service, 'websocket')).toMatchObject({ recorded: 0, rejected: { too_many: 4 } });
      client.send(`{"event":"observations","data":[${Array(3).fill(VALID).join()}]}`);
      expect(String(await once(client, 'message'))).toContain('"recorded":3');
    });

    it('close a client whose message comes in too many pieces, and count it', async () => {
      service = await startService({ BODY_LIMIT_BYTES: '10000' });
      const client = await RawWebSocket.open(service.port);
      await client.sendOneByOne(frame(TEXT, ' '.repeat(4_200)));
      expect(await client.ended).toEqual(['close 1008']);
      expect(await refused('message_too_large')).toBe(1);
      expect((await accountOf(service, 'websocket')).rejected).toEqual({ too_large: 1 });
    });

    it('reject a message that is nested too deep', async () => {
      service = await startService();
      const client = await connect(service, '/ws/a');
      client.send('['.repeat(40));
      expect(String(await once(client, 'message'))).toContain('JSON is nested deeper than 32 levels');
      expect(await accountOf(service, 'websocket')).toMatchObject({ rejected: { not_json: 1 } });
    });

    it('close one whose message is too large with 1009, and count it', async () => {
      service = await startService({ BODY_LIMIT_BYTES: '100' });
      const client = await connect(service, '/ws/a');
      client.send('x'.repeat(101));
      expect((await once(client, 'close'))[0]).toBe(1009);
      expect(await refused('message_too_large')).toBe(1);
      expect(await accountOf(service, 'websocket')).toMatchObject({ rejected: { too_large: 1 } });
    });

    it('close one that breaks the protocol, and count it', async () => {
      service = await startService();
      const client = await connect(service, '/ws/a');
      client.send(Buffer.from([0xff, 0xfe]), { binary: false });
      expect((await once(client, 'close'))[0]).toBe(1007);
      expect(await refused('protocol_error')).toBe(1);
      expect(await accountOf(service, 'websocket')).toMatchObject({ rejected: { protocol_error: 1 } });
    });

    it('close one that floods, and count it', async () => {
      service = await startService();
      const client = await connect(service, '/ws/a');
      const closed = once(client, 'close');
      for (let i = 0; i < 20_000; i++) client.ping();
      expect((await closed)[0]).toBe(1008);
      expect(await refused('flooding')).toBe(1);
    });
  });

  describe('of the rate from one address', () => {
    // No second ends but by tick(): the timer is stopped.
    async function startLimited(variables: NodeJS.ProcessEnv): Promise<RateLimit> {
      service = await startService(variables);
      const limit = service.app.get(RateLimit, { strict: false });
      limit.onApplicationShutdown();
      limit.tick();
      return limit;
    }

    it('answer 429 to further requests, except probes, until the second is over', async () => {
      const limit = await startLimited({ RATE_LIMIT: '2' });
      await post(VALID).expect(200);
      await request(service.url).get('/some').expect(200);
      const response = await post(VALID).expect(429).expect('Retry-After', '1');
      expect(response.body).toMatchObject({
        status: 429,
        detail: 'more than 2 requests a second from one address',
      });
      await request(service.url).get('/-/healthy').expect(200);
      limit.tick();
      await post(VALID).expect(200);
      expect(await refused('rate_limit')).toBe(1);
    });

    it('exempt metrics and probes, and nothing else', async () => {
      await startLimited({ RATE_LIMIT: '1' });
      await request(service.url).get('/some').expect(200);
      for (const path of ['/metrics', '/metrics?a', '/-/healthy', '/-/ready']) {
        await request(service.url).get(path).set('Sec-Fetch-Mode', 'cors').expect(200); // no scraper, which a stop awaits
      }
      for (const path of ['/-/', '/-/anything', '/metrics/', '/']) {
        await request(service.url).get(path).expect(429);
      }
    });

    it('reset every second while the service runs', async () => {
      const begun = jest.spyOn(globalThis, 'setInterval');
      const ended = jest.spyOn(globalThis, 'clearInterval');
      service = await startService({ RATE_LIMIT: '1' });
      const seconds = begun.mock.calls.flatMap(([tick, milliseconds], i) => {
        const timer: unknown = begun.mock.results[i]?.value;
        return milliseconds === 1_000 ? [{ tick, timer }] : [];
      });
      const limit = service.app.get(RateLimit, { strict: false });
      while (limit.allows('192.0.2.1'));
      for (const { tick } of seconds) tick();
      expect(limit.allows('192.0.2.1')).toBe(true);
      await service.close();
      for (const { timer } of seconds) expect(ended).toHaveBeenCalledWith(timer);
      jest.restoreAllMocks();
    });

    it('answer 429 to an upgrade', async () => {
      await startLimited({ RATE_LIMIT: '1' });
      await connect(service, '/ws/a');
      await expect(connect(service, '/ws/b')).rejects.toThrow('429');
    });

    it('reject a message, and count it', async () => {
      const limit = await startLimited({ RATE_LIMIT: '2' });
      const client = await connect(service, '/ws/a');
      const send = async (): Promise<string> => {
        client.send(`{"event":"observations","data":${VALID}}`);
        return String(await once(client, 'message'));
      };
      expect(await send()).toContain('"recorded":1');
      expect(await send()).toContain('more than 2 messages a second from one address');
      limit.tick();
      expect(await send()).toContain('"recorded":1');
      expect(await accountOf(service, 'websocket')).toMatchObject({
        recorded: 2,
        rejected: { rate_limited: 1 },
      });
    });

    it('distinguish clients behind a trusted proxy, and trust no other', async () => {
      const from = (address: string): request.Test =>
        request(service.url).get('/some').set('X-Forwarded-For', address);
      await startLimited({ RATE_LIMIT: '1', TRUSTED_PROXIES: 'loopback' });
      await from('192.0.2.1').expect(200);
      await from('192.0.2.2').expect(200);
      await from('192.0.2.1').expect(429);
      await from('198.51.100.1, 192.0.2.2').expect(429);
      await service.close();
      await startLimited({ RATE_LIMIT: '1' });
      await from('192.0.2.1').expect(200);
      await from('192.0.2.2').expect(429);
    });

    it.each([
      ['an IPv6 network is', '2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1'],
      ['an address with any port is', '203.0.113.7:51234', '203.0.113.7:9', '203.0.113.8:51234'],
      ['an IPv6 network with any port is', '[2001:db8::1]:443', '[2001:db8::2]:444', '[2001:db8:0:1::1]:443'],
      ['brackets make no difference:', '2001:db8::1', '[2001:db8::1]', '[2001:db8:0:1::1]'],
      ['IPv4 in IPv6 is', '::ffff:192.0.2.1', '192.0.2.1:1', '::ffff:192.0.2.2'],
      ['proxies with ports are trusted:', '192.0.2.1:1, 127.0.0.1:80', '192.0.2.1:2', '192.0.2.2, [::1]:80'],
      ['who hides counts as the last proxy:', 'unknown', '192.0.2.1, _hidden', '192.0.2.1'],
    ])('%s one client', async (_what, first, same, other) => {
      const from = (address: string): request.Test =>
        request(service.url).get('/some').set('X-Forwarded-For', address);
      await startLimited({ RATE_LIMIT: '1', TRUSTED_PROXIES: 'loopback' });
      await from(first).expect(200);
      await from(same).expect(429);
      await from(other).expect(200);
    });
  });
});
