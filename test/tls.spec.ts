import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { Agent, get, request } from 'node:https';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import WebSocket from 'ws';
import { Connections } from '../src/server/connections.js';
import { Intervals } from './intervals.js';
import { type Service, startService, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const TLS = join(__dirname, 'tls');
const pem = (name: string): Buffer => readFileSync(join(TLS, name));
const ca = [pem('cert.pem'), pem('renewed-cert.pem')];

describe('HTTPS', () => {
  let folder: TemporaryFolder;
  let intervals: Intervals;
  let service: Service;
  let port: number;
  const agent = new Agent({ ca, keepAlive: true });

  beforeEach(async () => {
    folder = new TemporaryFolder();
    intervals = new Intervals();
    for (const name of ['cert.pem', 'key.pem']) cpSync(join(TLS, name), folder.file(name));
    service = await startService({
      TLS_CERT_FILE: folder.file('cert.pem'),
      TLS_KEY_FILE: folder.file('key.pem'),
      LOG_LEVEL: 'error',
    });
    ({ port } = service);
  });
  afterEach(async () => {
    agent.destroy();
    await service.close();
    intervals[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  /** Asks as a page in a browser does, so that no stop waits for the test. */
  async function answer(path: string): Promise<IncomingMessage & { body: string }> {
    const asked = get({ port, path, agent, headers: { 'Sec-Fetch-Mode': 'cors' } });
    const [response]: IncomingMessage[] = await once(asked, 'response');
    if (!response) throw new Error('no response');
    return Object.assign(response, { body: await text(response) });
  }

  async function refused(reason: string): Promise<number> {
    const { body } = await answer('/metrics');
    return Number(new RegExp(`refused_total{reason="${reason}"} (\\d+)`).exec(body)?.[1]);
  }

  /** Which certificate a new connection is shown. */
  async function shown(): Promise<string> {
    const socket = connectTls({ port, ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  it('answers all routes', async () => {
    expect(await answer('/some')).toMatchObject({ statusCode: 200, body: 'hello!' });
    const metrics = await answer('/metrics');
    expect(metrics.body).toContain('\nincoming_requests 1\n');
    const post = request({ port, path: '/observations', method: 'POST', agent });
    post.setHeader('Content-Type', 'application/json').end('{"env":"testing","statuscode":200}');
    const [response]: IncomingMessage[] = await once(post, 'response');
    expect(response?.statusCode).toBe(200);
    expect(response && (await text(response))).toBe('{"recorded":1}');
  });

  it('tells browsers to use HTTPS only', async () => {
    const { headers } = await answer('/');
    expect(headers).toMatchObject({
      'strict-transport-security': expect.stringContaining('max-age='),
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  it('serves WebSockets, and closes them with 1001 at the end', async () => {
    const client = new WebSocket(`wss://localhost:${port}/ws/a`, { ca });
    await once(client, 'open');
    client.send('{"event":"observations","data":[{"env":"testing","statuscode":200}]}');
    const [frame] = await once(client, 'message');
    expect(String(frame)).toBe('{"event":"recorded","data":{"recorded":1}}');
    const closed = once(client, 'close');
    await service.close();
    expect((await closed)[0]).toBe(1001);
  });

  it('ignores upgrades to something else', async () => {
    const upgrade = get({ port, path: '/some', agent, headers: { Connection: 'Upgrade', Upgrade: 'h2c' } });
    const [response]: IncomingMessage[] = await once(upgrade, 'response');
    expect(response && (await text(response))).toBe('hello!');
  });

  it('closes plain HTTP connections, and counts them', async () => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /some HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect([await refused('tls_handshake'), await refused('malformed')]).toEqual([1, 0]);
  });

  it('closes connections whose handshake takes too long, and counts them', async () => {
    const server: Server = service.app.getHttpServer();
    // Node takes the time from the server for each connection, but tells nobody under which key.
    const time = Object.getOwnPropertySymbols(server).find((key) => key.description === 'handshake-timeout');
    if (!time) throw new Error('Node keeps the time elsewhere');
    Reflect.set(server, time, 1);
    const silent = connectSocket(port, '127.0.0.1');
    await once(silent, 'close');
    Reflect.set(server, time, 10_000);
    expect([await refused('tls_handshake'), await refused('malformed')]).toEqual([1, 0]);
  });

  it('shows a renewed certificate to new connections, and keeps those that are open', async () => {
    const before = await shown();
    const open = connectTls({ port, ca, servername: 'localhost' });
    await once(open, 'secureConnect');
    for (const name of ['cert.pem', 'key.pem']) writeFileSync(folder.file(name), pem(`renewed-${name}`));
    await intervals.until(shown, (certificate) => certificate !== before);
    open.end('GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await text(open)).toContain('hello!');
  });

  it('keeps the old certificate while the files do not match, and shows that', async () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const before = await shown();
    const reloaded = async (): Promise<string | undefined> =>
      /last_reload_successful\{setting="TLS_CERT_FILE"\} (\d)/.exec((await answer('/metrics')).body)?.[1];
    expect(await reloaded()).toBe('1');
    writeFileSync(folder.file('cert.pem'), pem('renewed-cert.pem'));
    await intervals.until(
      () => stderr.mock.calls.map(([line]) => String(line)).join(''),
      (logged) => logged.includes('TLS certificate reload failed'),
    );
    stderr.mockRestore();
    expect([await shown(), await reloaded()]).toEqual([before, '0']);
    writeFileSync(folder.file('key.pem'), pem('renewed-key.pem'));
    await intervals.until(shown, (certificate) => certificate !== before);
    expect(await reloaded()).toBe('1');
  });

  it('no longer watches the files after a shutdown', async () => {
    expect(intervals.count).toBe(5); // with the delay of the event loop, the summary of WebSocket clients, when sources last recorded, the past
    await service.close();
    expect(intervals.running).toEqual([]);
  });

  it('stops at once, with idle connections and an unfinished handshake', async () => {
    const idle: TLSSocket = connectTls({ port, ca, servername: 'localhost' });
    await once(idle, 'secureConnect');
    const silent = connectSocket(port, '127.0.0.1');
    await once(silent, 'connect');
    await answer('/some');
    for (const socket of [idle, silent]) socket.on('error', () => undefined);
    const closed = [idle, silent].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await service.close();
    await Promise.all(closed);
  });

  it('closes an unfinished handshake on shutdown, also if an earlier one from its address and port ended only after it began', async () => {
    const server: Server = service.app.getHttpServer();
    const accepted: Socket[] = [];
    server.prependListener('connection', (socket: Socket) => {
      Object.defineProperty(socket, 'remotePort', { value: 1 });
      accepted.push(socket);
    });
    const clients = [connectSocket(port, '127.0.0.1'), connectSocket(port, '127.0.0.1')];
    const [earlier, later] = await until(
      () => accepted,
      ({ length }) => length === 2,
    );
    if (!earlier || !later) throw new Error('two were accepted');
    earlier.destroy();
    await once(earlier, 'close');
    const closed = service.app.get(Connections, { strict: false }).close();
    expect(later.destroyed).toBe(true);
    await closed;
    for (const client of clients) client.destroy();
  });
});
