import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Exporter } from '../src/exposition/exporter.js';
import { SyslogService } from '../src/sources/syslog/syslog.service.js';
import { MESSAGE_TIMEOUT, MOST_CONNECTIONS } from '../src/sources/syslog/tcp-listener.js';
import { type Account, accountOf, sum } from './accounting.js';
import { Intervals } from './intervals.js';
import { ServiceProcess } from './process.js';
import { freePort, sample, samples, type Service, startService, until } from './service.js';
import { Timeouts } from './timeouts.js';

const SKIPPED = 'service_collector_skipped_total{source="syslog"}';
const DROPPED = 'service_collector_syslog_dropped_total';

const line = (status: number, head = '<190>Nov 22 13:55:36 web1 nginx: '): string =>
  `${head}203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET /a HTTP/1.1" ${status} 512 "-" "x" 0.250`;
const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`;

/** Sends datagrams one after the other. */
async function sendByUdp(port: number, messages: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const message of messages) await new Promise((sent) => socket.send(message, port, '127.0.0.1', sent));
  socket.close();
}

describe('syslog', () => {
  let service: Service;
  afterEach(() => service.close());

  async function start(variables: NodeJS.ProcessEnv): Promise<number[]> {
    service = await startService(variables);
    return service.app.get(SyslogService, { strict: false }).addresses.map(({ port }) => port);
  }

  /** A connection over which texts have been sent. */
  async function open(port: number, ...texts: string[]): Promise<Socket> {
    const socket = connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    await once(socket, 'connect');
    for (const text of texts) await new Promise((sent) => socket.write(text, sent));
    return socket;
  }

  /** The account once so many messages have been received, and how many of them were skipped. */
  async function received(messages: number): Promise<Account & { skipped: number }> {
    return until(
      async () => ({
        ...(await accountOf(service, 'syslog')),
        skipped: (await sample(service, SKIPPED)) ?? 0,
      }),
      ({ recorded, rejected, skipped }) => recorded + sum(rejected) + skipped >= messages,
    );
  }

  const refused = (reason: string): Promise<number | undefined> =>
    sample(service, `service_collector_refused_total{reason="${reason}"}`);

  it('records a message of each datagram, whatever its header, and refuses or skips the others', async () => {
    const [port = 0] = await start({ SYSLOG: 'testing=udp://127.0.0.1:0' });
    await sendByUdp(port, [
      line(200),
      `${line(404, '<190>1 2026-11-22T13:55:36.123Z web1 nginx 7 - [a b="c]\\""] ')}\n`,
      line(503, ''),
      line(999),
      '<13>Nov 22 13:55:36 web1 cron[7]: job done',
      '',
      '\n',
    ]);
    expect(await received(7)).toEqual({
      recorded: 3,
      rejected: { invalid_statuscode: 1 },
      responses: 3,
      timed: 3,
      skipped: 3,
    });
  });

  it.each([
    ['line feeds', [`${line(200)}\n${line(404)}\r\n`, line(503).slice(0, 50), `${line(503).slice(50)}\n`]],
    [
      'octet counting',
      [`${counted(line(200))}${counted(`${line(404)}\n`)}\n`, '1', counted(line(503)).slice(1)],
    ],
    ['a line that ends with the connection', [`${line(200)}\n${line(404)}\n`, line(503)]],
    ['no header', [`${line(200, '')}\n`, `${line(404, '')}\n${line(503, '')}\n`]],
  ])('records messages over TCP: %s', async (_framing, texts) => {
    const [port = 0] = await start({ SYSLOG: 'testing=tcp://127.0.0.1:0' });
    (await open(port, ...texts)).end();
    expect(await received(3)).toEqual({ recorded: 3, rejected: {}, responses: 3, timed: 3, skipped: 0 });
  });

  it('counts under the labels of the entry and of the line', async () => {
    const [port = 0, other = 0] = await start({
      SYSLOG: 'testing/shop=udp://127.0.0.1:0,production=udp://[::1]:0',
      SERVICES: 'shop',
      METHODS: 'GET',
      ROUTES: '/a',
    });
    await sendByUdp(port, [line(200)]);
    await received(1);
    const labels = 'env="testing",statuscode="200",type="200",service="shop",method="GET",route="/a"';
    expect(await sample(service, `response_code{${labels}}`)).toBe(1);
    expect(other).toBeGreaterThan(0);
  });

  it.each<[what: string, variables: NodeJS.ProcessEnv, message: string]>([
    ['ACCESS_LOG_FORMAT', { ACCESS_LOG_FORMAT: 'status=code ms=took' }, '{"code":201,"took":250}'],
    [
      'ACCESS_LOG_FORMAT_<ENV>',
      { ACCESS_LOG_FORMAT: 'squid', ACCESS_LOG_FORMAT_TESTING: '$request_time [$status]' },
      '0.250 [201]',
    ],
    ['ACCESS_LOG_IGNORE', { ACCESS_LOG_IGNORE: '/a' }, line(201, '').replace('/a', '/b')],
  ])('follows %s, and skips other messages', async (_what, variables, message) => {
    const [port = 0] = await start({ SYSLOG: 'testing=udp://127.0.0.1:0', ...variables });
    await sendByUdp(port, [`<190>Nov 22 13:55:36 web1 shop: ${message}`, line(200)]);
    expect(await received(2)).toMatchObject({ recorded: 1, timed: 1, skipped: 1 });
    expect(await sample(service, 'response_code{env="testing",statuscode="201",type="200"}')).toBe(1);
    expect(await sample(service, 'response_time_sum{env="testing"}')).toBe(0.25);
  });

  it('refuses senders that are not allowed, and counts them', async () => {
    const [udp = 0, tcp = 0] = await start({
      SYSLOG: 'testing=udp://127.0.0.1:0,testing=tcp://127.0.0.1:0',
      SYSLOG_ALLOWED_SENDERS: '192.0.2.0/24,::1',
    });
    await once(await open(tcp), 'close');
    await sendByUdp(udp, [line(200), line(200)]);
    await until(
      () => refused('syslog_sender'),
      (count) => count === 3,
    );
    expect(await received(0)).toMatchObject({ recorded: 0, rejected: {} });
  });

  it('refuses connections beyond the limit', async () => {
    const [port = 0] = await start({ SYSLOG: 'testing=tcp://127.0.0.1:0' });
    const sockets = await Promise.all(Array.from({ length: MOST_CONNECTIONS }, () => open(port)));
    await once(await open(port), 'close');
    expect(await refused('connections_limit')).toBe(1);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    ['a line that is too long', `${'x'.repeat(100_000)}\n${line(200)}\n`, { line_too_long: 1 }],
    [
      'a counted message that is too long',
      `70000 <${'x'.repeat(69_999)}${counted(line(200))}`,
      { line_too_long: 1 },
    ],
    ['a count that is none', `${counted(line(200))}nonsense`, { protocol_error: 1 }],
    ['a count of more than seven digits', `${counted(line(200))}99999999 <13>`, { protocol_error: 1 }],
    ['a count beyond the end', `${counted(line(200))}2000 ${line(200)}`, { incomplete: 1 }],
  ])('rejects %s, and continues with the next message', async (_what, text, rejected) => {
    const [port = 0] = await start({ SYSLOG: 'testing=tcp://127.0.0.1:0' });
    (await open(port, text)).end();
    expect(await received(2)).toMatchObject({ recorded: 1, rejected });
  });

  it('closes the connection of a sender that does not finish a message, but not an idle one', async () => {
    using timeouts = new Timeouts();
    const [port = 0] = await start({ SYSLOG: 'testing=tcp://127.0.0.1:0' });
    const silent = await open(port, `${line(200)}\n`);
    const slow = await open(port, `${line(200)}\n${line(404)}`);
    await received(2);
    const closed = once(slow, 'close');
    timeouts.end(MESSAGE_TIMEOUT);
    await closed;
    expect(await received(3)).toMatchObject({ recorded: 2, rejected: { incomplete: 1 } });
    expect(silent.readyState).toBe('open');
    silent.destroy();
  });

  it('counts datagrams that the kernel drops while nobody reads', async () => {
    using intervals = new Intervals();
    const [port = 0] = await start({ SYSLOG: 'testing=udp://127.0.0.1:0' });
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const sent = 300; // 18 MB, within one turn; the system keeps 8 MiB at the most
    const message = line(200).replace('/a', `/${'a'.repeat(60_000)}`);
    for (let i = 0; i < sent; i++) socket.send(message);
    const dropped = async (): Promise<number> => (await sample(service, DROPPED)) ?? 0;
    await intervals.until(
      async () => (await accountOf(service, 'syslog')).recorded + (await dropped()),
      (count) => count === sent,
    );
    socket.close();
    expect(await dropped()).toBeGreaterThan(0);
  });

  it('reads arrived messages on shutdown, and closes all connections', async () => {
    const [udp = 0, tcp = 0] = await start({
      SYSLOG: 'testing=udp://127.0.0.1:0,testing=tcp://127.0.0.1:0',
    });
    const sockets = await Promise.all(
      Array.from({ length: 3 }, () => open(tcp, `${line(200)}\n`.repeat(1_000))),
    );
    await sendByUdp(udp, Array<string>(100).fill(line(404)));
    const closed = sockets.map((socket) => once(socket, 'close'));
    await service.close();
    await Promise.all(closed);
    const page = (await service.app.get(Exporter, { strict: false }).render()).bytes.toString();
    expect(samples(page).get('service_collector_observations_total{source="syslog"}')).toBe(3_100);
  });
});

describe('syslog of the built service', () => {
  it('does not start if an address is in use, and says so', async () => {
    const port = await freePort();
    await using taken = new ServiceProcess({ PORT: String(port) });
    await taken.listening();
    await using service = new ServiceProcess({ SYSLOG: `testing=tcp://127.0.0.1:${port}` });
    expect(await service.exit).toBe(1);
    expect(service.output).toContain(
      `Cannot start, because it cannot listen on SYSLOG=tcp://127.0.0.1:${port}: listen EADDRINUSE`,
    );
  });
});
