import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { Exporter, Exposition } from '../src/exposition/exporter.js';
import { connect, type Service, startService, until } from './service.js';
import { Timeouts } from './timeouts.js';

describe('a graceful shutdown', () => {
  let service: Service;
  afterEach(() => service.close());

  it('closes WebSocket clients with 1001', async () => {
    service = await startService();
    const clients = await Promise.all(['a', 'b', 'c'].map((id) => connect(service, `/ws/${id}`)));
    const closed = Promise.all(clients.map((client) => once(client, 'close')));
    await service.close();
    expect((await closed).map(([code]) => Number(code))).toEqual([1001, 1001, 1001]);
  });

  it('takes no new connections', async () => {
    service = await startService();
    await service.close();
    await expect(fetch(`${service.url}/some`)).rejects.toThrow('fetch failed');
  });

  it('closes idle connections at once: after an answer, and before the first request', async () => {
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const silent = await socket();
    const answered = await socket();
    answered.write('GET /some HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(answered, 'data');
    await Promise.all([service.close(), once(silent, 'close'), once(answered, 'close')]);
  });

  it('answers the requests in progress, and then ends their connections', async () => {
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const scrapes = holdScrapes();
    const busy = await socket();
    busy.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = text(busy);
    await scrapes.begun;
    const closed = service.close();
    await setImmediate();
    scrapes.release();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*the metrics$/);
    await closed;
  });

  it('answers all requests of a connection that were sent before the shutdown', async () => {
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const scrapes = holdScrapes();
    const busy = await socket();
    busy.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /some HTTP/1.1\r\nHost: a\r\n\r\n');
    const answers = text(busy);
    await scrapes.begun;
    const closed = service.close();
    await setImmediate();
    scrapes.release();
    expect(await answers).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*the metricsHTTP\/1\.1 200 OK\r\n[^]*hello!$/);
    await closed;
  });

  it('survives a request that the framework answers at once, after one in progress', async () => {
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const scrapes = holdScrapes();
    const busy = await socket();
    busy.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    const answers = text(busy);
    await scrapes.begun;
    const closed = service.close();
    const seen = once(service.app.getHttpServer(), 'request');
    busy.write('GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n');
    await seen;
    scrapes.release();
    expect(await answers).toMatch(/the metricsHTTP\/1\.1 404 Not Found\r\n[^]*Connection: close/);
    await closed;
  });

  it('cuts off unfinished requests at the timeout', async () => {
    using timeouts = new Timeouts();
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const scrapes = holdScrapes();
    const stuck = await socket();
    stuck.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    await scrapes.begun;
    const frozen = await connect(service, '/ws/frozen');
    frozen.pause();
    const closed = service.close();
    await until(
      () => fetch(`${service.url}/-/ready`),
      ({ status }) => status === 503,
    );
    timeouts.end(3_600_000);
    await Promise.all([closed, once(stuck, 'close')]);
    frozen.terminate();
  });

  it('can be requested twice', async () => {
    service = await startService();
    await Promise.all([service.close(), service.close()]);
  });

  async function socket(): Promise<Socket> {
    const client = connectSocket(service.port, '127.0.0.1');
    await once(client, 'connect');
    return client;
  }

  /** Lets scrapes wait, until they are released, for an answer that is `the metrics`. */
  function holdScrapes(): { begun: Promise<void>; release: () => void } {
    let begin = (): void => undefined;
    let release = (): void => undefined;
    const time = performance.now();
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    jest.spyOn(service.app.get(Exporter, { strict: false }), 'render').mockImplementation(async () => {
      begin();
      await released;
      return new Exposition(Buffer.from('the metrics'), time);
    });
    return { begun, release };
  }
});
