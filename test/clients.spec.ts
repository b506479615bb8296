import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ConsoleLogger } from '@nestjs/common';
import request from 'supertest';
import WebSocket from 'ws';
import { ClientsGateway } from '../src/sources/websocket/clients.gateway.js';
import { Intervals } from './intervals.js';
import { upgradeOf } from './raw-websocket.js';
import { connect, sample, type Service, startService, until } from './service.js';

const connected = (service: Service): Promise<number | undefined> => sample(service, 'connected_clients');
const closeCode = async (client: WebSocket): Promise<number> => {
  const [code]: number[] = await once(client, 'close');
  return code ?? NaN;
};

describe('/ws/{id}', () => {
  let service: Service;
  afterEach(() => service.close());

  it('counts a client while it is connected', async () => {
    service = await startService();
    const one = await connect(service, '/ws/a');
    const other = await connect(service, '/ws/a');
    expect(await connected(service)).toBe(2);
    one.close();
    expect(await closeCode(one)).toBe(1005);
    expect(await connected(service)).toBe(1);
    other.terminate();
    await until(
      () => connected(service),
      (count) => count === 0,
    );
  });

  it('logs who connects and disconnects, and messages by size and kind, on one line each whatever the id', async () => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    service = await startService({ LOG_LEVEL: 'debug', LOG_FORMAT: 'pretty' });
    const client = await connect(service, `/ws/${encodeURIComponent('a\n[Nest] forged\u001b[2J')}`);
    client.send('secret text');
    await once(client, 'message');
    client.send(Buffer.alloc(3));
    await once(client, 'message');
    client.close();
    await once(client, 'close');
    const lines = stdout.mock.calls
      .map(([line]) => String(line))
      .filter((line) => line.includes('ClientsGateway'));
    stdout.mockRestore();
    const messages = lines.map((line) => line.slice(line.indexOf('] ', 30) + 2));
    expect(messages).toEqual([
      '"a\\n[Nest] forged\\u001b[2J" connected\n',
      'received message from "a\\n[Nest] forged\\u001b[2J": 11 bytes of text\n',
      'received message from "a\\n[Nest] forged\\u001b[2J": 3 bytes of binary\n',
      '"a\\n[Nest] forged\\u001b[2J" disconnected\n',
    ]);
  });

  it('logs no client by default, but once a minute how many connected and disconnected, if any', async () => {
    using intervals = new Intervals();
    const log = jest.spyOn(ConsoleLogger.prototype, 'log').mockReturnValue();
    service = await startService({ LOG_LEVEL: 'log' });
    const lines = (): string[] =>
      log.mock.calls.flatMap(([line, name]) => (name === 'ClientsGateway' ? [String(line)] : []));
    const summary = (count: number): Promise<string[]> =>
      intervals.until(lines, (all) => all.length === count);
    const clients = [await connect(service, '/ws/a'), await connect(service, '/ws/b')];
    expect((await summary(1)).at(-1)).toBe(
      'WebSocket clients in the last minute: 2 connected, 0 disconnected; 2 are connected now',
    );
    for (const client of clients) client.close();
    await until(
      () => connected(service),
      (count) => count === 0,
    );
    expect((await summary(2)).at(-1)).toMatch(/0 connected, 2 disconnected; 0 are connected now/);
    await service.close();
    expect(lines()).toHaveLength(2);
    log.mockRestore();
  });

  it.each([
    ['something else than JSON', 'hello'],
    ['an unknown event', '{"event":"subscribe","data":1}'],
    ['binary', Buffer.from([0, 1, 2])],
  ])('answers %s with a rejected frame', async (_what, frame) => {
    service = await startService();
    const client = await connect(service, '/ws/a');
    client.send(frame);
    const [answer] = await once(client, 'message');
    expect(JSON.parse(String(answer))).toEqual({
      event: 'rejected',
      data: { problems: [{ detail: expect.any(String) }] },
    });
  });

  it.each([
    ['128 characters', `/ws/${'a'.repeat(128)}`],
    ['128 characters beyond the basic plane', `/ws/${encodeURIComponent('🚀'.repeat(128))}`],
    ['a query after the id', '/ws/a?token=b'],
    ['an encoded slash', '/ws/a%2Fb'],
  ])('accepts %s', async (_what, path) => {
    service = await startService();
    await connect(service, path);
    expect(await connected(service)).toBe(1);
  });

  it.each([
    ['404', '/ws'],
    ['404', '/ws/'],
    ['404', '/ws/a/b'],
    ['404', '/ws/a/'],
    ['404', '/WS/a'],
    ['404', '/'],
    ['404', '/metrics'],
    ['400', `/ws/${'a'.repeat(129)}`],
    ['400', '/ws/%ff'],
    ['400', '/ws/%'],
  ])('refuses an upgrade with %s at %s', async (status, path) => {
    service = await startService();
    await expect(connect(service, path)).rejects.toThrow(`Unexpected server response: ${status}`);
    expect(await connected(service)).toBe(0);
  });

  it('refuses with a problem of RFC 9457 and hangs up', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write('GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [head, body] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(head).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(body ?? '')).toEqual({
      title: 'Not Found',
      status: 404,
      detail: 'no WebSocket is served at this path',
    });
  });

  it('refuses a broken handshake with 400', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write('GET /ws/a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"detail":"Missing or invalid Sec-WebSocket-Key header"');
    expect(await connected(service)).toBe(0);
  });

  it('survives a client that is gone before its upgrade is refused', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    await once(socket, 'connect');
    const upgrade = 'GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    socket.write(upgrade, () => socket.resetAndDestroy());
    await once(socket, 'close');
    await request(service.url).get('/-/healthy').expect(200);
  });

  it('answers an upgrade to another protocol after the request in progress', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    const h2c = 'GET /some HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const metrics = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.write(
      metrics + h2c.repeat(20) + 'GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    const answers = (await text(socket)).split(/(?=HTTP\/1\.1 )/);
    expect(answers).toHaveLength(22);
    expect(answers[0]).toContain('# TYPE incoming_requests counter');
    expect(answers.slice(1, 21).every((answer) => answer.endsWith('hello!'))).toBe(true);
    expect(answers[21]).toContain('is healthy');
  });

  it('does not treat a body as another request, however many headers precede its length', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    const hidden = 'GET /some HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.write(
      `POST /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${'a:b\r\n'.repeat(1500)}` +
        `Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
    );
    socket.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const answers = (await text(socket)).split(/(?=HTTP\/1\.1 )/);
    // Since Node 26 the connection ends with such a request.
    const last = answers[0]?.includes('Connection: close');
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(last ? ['404'] : ['404', '200']);
    expect(await sample(service, 'incoming_requests')).toBe(0);
  });

  it.each([
    ['a body', 'Content-Length: 9', '426'],
    ['chunks', 'Transfer-Encoding: chunked', '426'],
    ['an empty body', 'Content-Length: 0', '101'],
  ])('answers an upgrade with %s, %s, by %s', async (_what, header, status) => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write(upgradeOf('/ws/a', [header]));
    const [answer] = await once(socket, 'data');
    expect(String(answer).slice(9, 12)).toBe(status);
    expect(await connected(service)).toBe(status === '101' ? 1 : 0);
    socket.destroy();
  });

  it('upgrades only after a request in progress is answered', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write(`GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n${upgradeOf('/ws/a')}`);
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    await until(
      () => connected(service),
      (count) => count === 1,
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\nHTTP\/1\.1 101 /);
    socket.destroy();
  });

  it('cuts off a connection with too many waiting requests', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.on('error', () => undefined);
    // As a page in a browser asks, so that no stop waits for the test.
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\nSec-Fetch-Mode: cors\r\n\r\n'.repeat(1000));
    await once(socket, 'close');
    await request(service.url).get('/-/healthy').expect(200);
  });

  it('tells a plain request what is missing', async () => {
    service = await startService();
    const { headers } = await request(service.url).get('/ws/a').expect(426);
    expect(headers['upgrade']).toBe('websocket');
  });

  it('ignores an upgrade to another protocol', async () => {
    service = await startService();
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write(
      'GET /some HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhello!$/);
    socket.write('GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhello!$/);
  });

  it('refuses one client more than MAX_CLIENTS with 503, until one leaves', async () => {
    service = await startService({ MAX_CLIENTS: '2' });
    const one = await connect(service, '/ws/a');
    await connect(service, '/ws/b');
    await expect(connect(service, '/ws/c')).rejects.toThrow('Unexpected server response: 503');
    expect(await connected(service)).toBe(2);
    one.close();
    await once(one, 'close');
    await connect(service, '/ws/c');
    expect(await connected(service)).toBe(2);
  });

  it('closes a client that sends an oversized frame with 1009', async () => {
    service = await startService({ BODY_LIMIT_BYTES: '100' });
    const client = await connect(service, '/ws/a');
    client.send('x'.repeat(100));
    await once(client, 'message');
    client.send('x'.repeat(101));
    expect(await closeCode(client)).toBe(1009);
    expect(await connected(service)).toBe(0);
  });

  it('closes a client that breaks the protocol, and stays up', async () => {
    service = await startService();
    const sockets: Socket[] = [];
    const client = await connect(service, '/ws/a', { createConnection: remember(service, sockets) });
    sockets[0]?.write(Buffer.from([0xff, 0xff, 0xff]));
    expect(await closeCode(client)).toBe(1002);
    expect(await connected(service)).toBe(0);
  });

  describe('with a client that does not read its answers', () => {
    const message = '{"event":"observations","data":[0,0,0,0,0,0,0,0,0,0]}'; // whose answer names ten problems
    const COUNT = 40_000;

    /** Connects one that sends more than all buffers on the way hold, and waits until the service reads no more. */
    async function flooding(send: (client: WebSocket) => void): Promise<WebSocket> {
      service = await startService();
      const client = await connect(service, '/ws/a');
      client.pause();
      const paused = jest.spyOn(WebSocket.prototype, 'pause');
      for (let i = 0; i < COUNT; i++) send(client);
      await until(
        () => paused.mock.calls.length,
        (count) => count > 0,
      );
      return client;
    }
    afterEach(() => jest.restoreAllMocks());

    it.each([
      ['messages', (client: WebSocket) => client.send(message)],
      ['pings', (client: WebSocket) => Array.from({ length: 4 }, () => client.ping('x'.repeat(125)))],
    ])('stops reading %s, and closes it with 1008 at the heartbeat', async (_what, send) => {
      const client = await flooding(send);
      gateway().beat();
      gateway().beat();
      client.resume();
      expect(await closeCode(client)).toBe(1008);
      await until(
        () => connected(service),
        (count) => count === 0,
      );
    });

    it('continues when the client reads again, and answers everything', async () => {
      const client = await flooding((flooder) => flooder.send(message));
      let answers = 0;
      client.on('message', () => answers++);
      client.resume();
      await until(
        () => answers,
        (count) => count === COUNT,
      );
    });
  });

  it('drops clients that miss a heartbeat, and only those', async () => {
    service = await startService();
    const answers = await connect(service, '/ws/answers');
    const frozen = await connect(service, '/ws/frozen', { autoPong: false });
    const busy = await connect(service, '/ws/busy', { autoPong: false });
    gateway().beat();
    await once(answers, 'ping');
    answers.ping();
    await once(answers, 'pong'); // by now the service has read the answer to its own ping
    busy.send('still here');
    await once(busy, 'message');
    gateway().beat();
    expect(await closeCode(frozen)).toBe(1006);
    expect(await connected(service)).toBe(2);
  });

  it('counts right through a storm: closed, reset and frozen clients', async () => {
    service = await startService();
    const sockets: Socket[] = [];
    const clients: WebSocket[] = [];
    for (let i = 0; i < 600; i += 100) {
      const batch = Array.from({ length: 100 }, (_, j) =>
        connect(service, `/ws/${i + j}`, { createConnection: remember(service, sockets) }),
      );
      clients.push(...(await Promise.all(batch)));
    }
    expect(await connected(service)).toBe(600);

    for (const client of clients.slice(0, 200)) client.close();
    await until(
      () => connected(service),
      (count) => count === 400,
    );

    for (const client of clients.slice(200, 400)) client.once('error', () => undefined);
    for (const socket of sockets.slice(200, 400)) socket.resetAndDestroy();
    await until(
      () => connected(service),
      (count) => count === 200,
    );

    const frozen = clients.slice(400);
    for (const client of frozen) client.pause();
    gateway().beat();
    expect(await connected(service)).toBe(200);
    gateway().beat();
    await until(
      () => connected(service),
      (count) => count === 0,
    );
    for (const client of frozen) client.terminate();
  });

  function gateway(): ClientsGateway {
    return service.app.get(ClientsGateway, { strict: false });
  }
});

/** Connects WebSockets by TCP sockets that the test can get at. */
function remember(
  service: Service,
  sockets: Socket[],
): NonNullable<WebSocket.ClientOptions['createConnection']> {
  return () => {
    const socket = connectSocket(service.port, '127.0.0.1');
    sockets.push(socket);
    return socket;
  };
}
