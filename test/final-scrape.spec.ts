import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SchedulerRegistry } from '@nestjs/schedule';
import request from 'supertest';
import type WebSocket from 'ws';
import { Exporter, Exposition } from '../src/exposition/exporter.js';
import { Scrapers } from '../src/exposition/scrapers.js';
import { close, frame, TEXT, upgradeOf } from './raw-websocket.js';
import { PROMETHEUS, Scraper } from './scraper.js';
import { connect, type Service, startService, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';
import { Timeouts } from './timeouts.js';

const OBSERVATION = { env: 'testing', statuscode: 503, seconds: 0.5 };
const RECORDED = 'response_code{env="testing",statuscode="503",type="500"}';

/** Where a stop lasts for an hour if it waits for nothing that happens. */
const PATIENT = { SHUTDOWN_TIMEOUT_SECONDS: '3600' };
const HOUR = 3_600_000;

describe('a shutdown without regular scrapers', () => {
  it.each([
    ['one scrape by hand', { 'User-Agent': 'curl/8.14.1' }, 1],
    ['the live page, wherever it is open', { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' }, 3],
    ['a script in a browser', { 'Sec-Fetch-Mode': 'cors' }, 3],
  ])('does not wait for %s', async (_what, headers, times) => {
    await using service = await startService(PATIENT);
    using scraper = new Scraper(service, headers);
    for (let i = 0; i < times; i++) await scraper.scrape();
    await service.close();
  });

  it('does not wait for a Prometheus that has missed three intervals', async () => {
    await using service = await startService(PATIENT);
    using prometheus = new Scraper(service);
    await prometheus.scrape();
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 180_000);
    await service.close();
    jest.restoreAllMocks();
  });
});

describe('a shutdown of a service that is scraped', () => {
  let service: Service;
  let prometheus: Scraper;
  const start = async (variables: NodeJS.ProcessEnv = {}): Promise<void> => {
    service = await startService({ ...PATIENT, ...variables });
    prometheus = new Scraper(service);
    await prometheus.scrape();
  };
  afterEach(async () => {
    jest.restoreAllMocks();
    await service.close();
    prometheus[Symbol.dispose]();
  });

  it('lasts until the scraper has fetched the final values over its open connection', async () => {
    await start();
    await request(service.url).post('/observations').send(OBSERVATION).expect(200);
    const closed = service.close();
    await stillAnswers();
    const { page, reused } = await prometheus.scrape();
    expect(page.get(RECORDED)).toBe(1);
    expect(reused).toBe(true);
    await closed;
  });

  it('meanwhile refuses everything that would change a metric, on old and new connections', async () => {
    await start();
    const old = await socket();
    const closed = service.close();
    old.write(post(OBSERVATION));
    expect(await text(old)).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*Connection: close\r\n[^]*"detail":"the service is shutting down"/,
    );
    await request(service.url).post('/observations').send(OBSERVATION).expect(503).expect('Retry-After', '5');
    await request(service.url).get('/some').expect(503).expect('Retry-After', '5');
    const upgrade = await socket();
    upgrade.write(upgradeOf('/ws/a'));
    expect(await text(upgrade)).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[^]*Retry-After: 5\r\n/);
    const { page } = await prometheus.scrape();
    expect([page.get(RECORDED), page.get('incoming_requests')]).toEqual([0, 0]);
    await closed;
  });

  it('reads the body of what it refuses, so that a client that still sends it sees the answer', async () => {
    await start();
    const closed = service.close();
    const sender = await socket();
    const body = JSON.stringify(Array.from({ length: 20_000 }, () => OBSERVATION));
    sender.write(head(body.length));
    await stillAnswers();
    expect(sender.bytesRead).toBe(0);
    sender.write(body);
    expect(await text(sender)).toMatch(/^HTTP\/1\.1 503 /);
    await prometheus.scrape();
    await closed;
  });

  it('answers a request that arrives just before its connection is closed', async () => {
    await start();
    const kept = await socket();
    kept.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    const closed = service.close();
    await stillAnswers();
    const server: Server = service.app.getHttpServer();
    server.once('request', (_request, response) =>
      response.on('finish', () => kept.write(post(OBSERVATION))),
    );
    const answer = text(kept);
    await Promise.all([prometheus.scrape(), closed]);
    expect(await answer).toMatch(/^HTTP\/1\.1 503 /);
  });

  it.each([
    ['who came twice, without a header of Prometheus', { 'User-Agent': 'agent' }, true],
    ['who comes on another connection each time', { 'User-Agent': 'agent' }, false],
  ])('waits for a scraper %s', async (_what, headers, keepAlive) => {
    service = await startService(PATIENT);
    prometheus = new Scraper(service, headers, { keepAlive });
    const now = performance.now.bind(performance);
    const scrapeAt = async (seconds: number): Promise<void> => {
      jest.spyOn(performance, 'now').mockImplementation(() => now() + 1_000 * seconds);
      await prometheus.scrape();
    };
    await scrapeAt(0);
    await scrapeAt(15);
    const closed = service.close();
    await stillAnswers();
    await scrapeAt(30);
    await closed;
  });

  it.each([
    ['distinguished by their intervals', {}, [{}, {}]],
    [
      'told apart by X-Forwarded-For of a trusted proxy',
      { TRUSTED_PROXIES: 'loopback' },
      [{ 'X-Forwarded-For': '192.0.2.1' }, { 'X-Forwarded-For': '192.0.2.2:80' }],
    ],
  ])(
    'waits for both scrapers behind a proxy that keeps no connections, %s',
    async (_how, variables, forwarded) => {
      const log = spyOnLog();
      service = await startService({ ...PATIENT, ...variables, LOG_LEVEL: 'log' });
      const pair = forwarded.map(
        (headers) => new Scraper(service, { ...PROMETHEUS, ...headers }, { keepAlive: false }),
      );
      [prometheus] = [pair[0] ?? prometheus];
      const now = performance.now.bind(performance);
      const scrapeAt = async (seconds: number): Promise<void> => {
        jest.spyOn(performance, 'now').mockImplementation(() => now() + 1_000 * seconds);
        await pair[seconds % 15 === 0 ? 0 : 1]?.scrape();
      };
      for (const seconds of [0, 5, 15, 20, 30, 35]) await scrapeAt(seconds);
      const closed = service.close();
      await stillAnswers();
      expect(log()).toMatch(/outstanding scrapers: 2, .*"(127\.0\.0\.1|192\.0\.2\.1) Prometheus\/3\.14\.0"/);
      await scrapeAt(45);
      await stillAnswers();
      await scrapeAt(50);
      await closed;
    },
  );

  it('waits for both of two that look the same', async () => {
    await start();
    using other = new Scraper(service);
    await other.scrape();
    expect(service.app.get(Scrapers, { strict: false }).awaited(Infinity, performance.now())).toHaveLength(2);
    const closed = service.close();
    await stillAnswers();
    await prometheus.scrape();
    await stillAnswers();
    await other.scrape();
    await closed;
  });

  it('does not count a page that the scraper received only in part', async () => {
    await start();
    jest
      .spyOn(service.app.get(Exporter, { strict: false }), 'render')
      .mockImplementation(() =>
        Promise.resolve(new Exposition(Buffer.alloc(50_000_000, '#'), performance.now())),
      );
    const closed = service.close();
    await stillAnswers();
    await prometheus.abort();
    jest.restoreAllMocks();
    await stillAnswers();
    await prometheus.scrape();
    await closed;
  });

  it('does not count HEAD, nor a page that is older than the last recording', async () => {
    await start();
    const body = JSON.stringify(OBSERVATION);
    const sender = await socket();
    const begun = once(service.app.getHttpServer(), 'request');
    sender.write(head(body.length));
    await begun;
    const closed = service.close();
    await stillAnswers();
    expect((await prometheus.scrape()).page.get(RECORDED)).toBe(0);
    sender.write(body);
    const answer = once(sender, 'data');
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*{"recorded":1}$/);
    await request(service.url).head('/metrics').set(PROMETHEUS).expect(200);
    await stillAnswers();
    expect((await prometheus.scrape()).page.get(RECORDED)).toBe(1);
    await closed;
  });

  it('includes WebSocket messages that had arrived in the final values, all answered, and no client', async () => {
    await start();
    const client = await connect(service, '/ws/a');
    const answers: WebSocket.RawData[] = [];
    client.on('message', (answer) => answers.push(answer));
    for (let i = 0; i < 1000; i++) client.send(JSON.stringify({ event: 'observations', data: OBSERVATION }));
    const closed = service.close();
    expect((await once(client, 'close'))[0]).toBe(1001);
    const page = await finalPage();
    expect(answers.length).toBeGreaterThan(0);
    expect(new Set(answers.map((answer) => Buffer.isBuffer(answer) && answer.toString()))).toEqual(
      new Set(['{"event":"recorded","data":{"recorded":1}}']),
    );
    expect(page.get(RECORDED)).toBe(answers.length);
    expect(page.get('connected_clients')).toBe(0);
    await closed;
  });

  it('records no WebSocket message after it has announced to go away', async () => {
    await start();
    const client = await socket();
    client.write(upgradeOf('/ws/a'));
    await once(client, 'data');
    const closed = service.close();
    const [farewell]: Buffer[] = await once(client, 'data');
    expect(farewell?.readUInt16BE(2)).toBe(1001);
    client.write(frame(TEXT, JSON.stringify({ event: 'observations', data: OBSERVATION })));
    client.write(close(1001));
    await once(client, 'close');
    expect((await finalPage()).get(RECORDED)).toBe(0);
    await closed;
  });

  it('includes the lines of an access log in the final values', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('access.log');
    writeFileSync(path, '');
    await start({ ACCESS_LOGS: `testing=${path}` });
    const line = '127.0.0.1 - - [23/Nov/2026:21:00:00 +0000] "GET / HTTP/1.1" 503 5 "-" "-" 0.500\n';
    appendFileSync(path, line.repeat(10_000));
    const closed = service.close();
    expect((await finalPage()).get(RECORDED)).toBe(10_000);
    await closed;
  });

  it('stops the simulator', async () => {
    await start({ SIMULATOR: 'on' });
    const closed = service.close();
    await stillAnswers();
    expect(service.app.get(SchedulerRegistry, { strict: false }).getIntervals()).toEqual([]);
    await prometheus.scrape();
    await closed;
  });

  it('refuses an unfinished body at half of the timeout, and leaves the other half to the scraper', async () => {
    const logged = spyOnLog();
    using timeouts = new Timeouts();
    await start({ LOG_LEVEL: 'warn' });
    const body = JSON.stringify(OBSERVATION);
    const [slow, stuck] = [await socket(), await socket()];
    for (const sender of [slow, stuck]) {
      const begun = once(service.app.getHttpServer(), 'request');
      sender.write(head(body.length));
      await begun;
    }
    const closed = service.close();
    await stillAnswers();
    timeouts.end(HOUR / 2);
    slow.write(body);
    expect(String(await once(slow, 'data'))).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 5\r\n/);
    expect((await prometheus.scrape()).page.get(RECORDED)).toBe(0);
    const server: Server = service.app.getHttpServer();
    await until(
      () => server.listening,
      (listening) => !listening,
    );
    timeouts.end(HOUR);
    await closed;
    expect(logged()).not.toContain('No final scrape');
  });

  it('ends at the timeout, and logs that the final values were not fetched', async () => {
    const logged = spyOnLog();
    using timeouts = new Timeouts();
    await start({ LOG_LEVEL: 'warn' });
    const closed = service.close();
    await stillAnswers();
    timeouts.end(HOUR);
    await closed;
    expect(logged()).toContain(
      'No final scrape within SHUTDOWN_TIMEOUT_SECONDS=3600, outstanding scrapers: 1, "127.0.0.1 Prometheus/3.14.0"',
    );
    expect(logged()).not.toContain('unfinished requests');
  });

  it('warns at once if the next scrape will come too late', async () => {
    const logged = spyOnLog();
    await start({ SHUTDOWN_TIMEOUT_SECONDS: '50', LOG_LEVEL: 'warn' });
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    await prometheus.scrape();
    const closed = service.close();
    await stillAnswers();
    expect(logged()).toContain(
      'SHUTDOWN_TIMEOUT_SECONDS=50 ends before the next scrape, so the final values may be lost: ' +
        'the scrape interval is 60 s',
    );
    await prometheus.scrape();
    await closed;
  });

  it('waits with one timer, however long ago the scrape before the last was', async () => {
    await start();
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 30 * 24 * 3_600_000);
    await prometheus.scrape();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const closed = service.close();
    await stillAnswers();
    expect(timers.mock.calls.filter(([, milliseconds = 0]) => milliseconds >= 2 ** 31)).toEqual([]);
    await prometheus.scrape();
    await closed;
  });

  it('waits for at most 16 scrapers, preferring regular ones', async () => {
    using timeouts = new Timeouts();
    await start();
    const awaited = (): number =>
      service.app.get(Scrapers, { strict: false }).awaited(Infinity, performance.now()).length;
    const come = async (name: string, headers?: Record<string, string>): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        using scraper = new Scraper(service, { ...headers, 'User-Agent': `${name} ${i}` });
        await scraper.scrape();
      }
    };
    await come('once');
    expect(awaited()).toBe(1);
    await come('made up', PROMETHEUS);
    expect(awaited()).toBe(16);
    const closed = service.close();
    await stillAnswers();
    timeouts.end(HOUR);
    await closed;
  });

  /** What a scraper gets last that comes as long as it is answered. */
  async function finalPage(): Promise<Map<string, number>> {
    const { page } = await prometheus.scrape();
    return finalPage().catch(() => page);
  }

  async function stillAnswers(): Promise<void> {
    await request(service.url).get('/-/ready').expect(503);
    await request(service.url).get('/-/healthy').expect(200);
  }

  async function socket(): Promise<Socket> {
    const client = connectSocket(service.port, '127.0.0.1');
    await once(client, 'connect');
    return client;
  }
});

describe('a stop', () => {
  it('answers requests that have arrived on open connections when it begins, scraped or not', async () => {
    await using service = await startService(PATIENT);
    const kept = connectSocket(service.port, '127.0.0.1');
    kept.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    kept.write(post(OBSERVATION));
    const answer = text(kept);
    await service.close();
    expect(await answer).toMatch(/^HTTP\/1\.1 503 /);
  });
});

/** The head of a request that pushes a body of some bytes. */
function head(bytes: number): string {
  return `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
}

function post(observation: object): string {
  const body = JSON.stringify(observation);
  return head(body.length) + body;
}

function spyOnLog(): () => string {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => written.mock.calls.join('\n');
}
