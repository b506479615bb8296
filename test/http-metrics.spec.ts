import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import request from 'supertest';
import { connect, sample, scrape, type Service, startService, until } from './service.js';

const METRIC = 'service_collector_http_request_duration_seconds';

describe(METRIC, () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.close());

  /** The series that have counted a request, as `GET /some 200`, with their counts. */
  async function counted(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const [series, value] of await scrape(service)) {
      const labels = new RegExp(`^${METRIC}_count\\{method="(.*)",route="(.*)",code="(.*)"\\}$`).exec(series);
      if (labels && labels[2] !== '/metrics') counts[labels.slice(1).join(' ')] = value;
    }
    return counts;
  }

  it('counts requests by method, route template and status code', async () => {
    await request(service.url).get('/some').expect(200);
    await request(service.url).get('/some?a=1').expect(200);
    await request(service.url).get('/-/healthy').expect(200);
    expect(await counted()).toEqual({ 'GET /some 200': 2, 'GET /-/healthy 200': 1 });
  });

  it('has one route for all paths that do not exist, whatever a scanner asks for', async () => {
    const paths = [
      '/SOME',
      '/.env',
      '/wp-login.php',
      '/some/',
      '/%ff',
      '/%2e%2e/',
      '//',
      '/a?b=c',
      '/constructor',
      '/ws',
    ];
    for (const path of paths) await request(service.url).get(path);
    expect(await counted()).toEqual({ 'GET unmatched 404': paths.length });
  });

  it('has one method for all that are unusual', async () => {
    for (const method of ['PROPFIND', 'MKCOL', 'TRACE']) await fetchRaw(`${method} /nothing HTTP/1.1`);
    expect(await counted()).toEqual({ 'other unmatched 404': 3 });
  });

  it('counts accepted and refused upgrades under their template', async () => {
    (await connect(service, '/ws/a')).terminate();
    await expect(connect(service, `/ws/${'a'.repeat(129)}`)).rejects.toThrow('400');
    await expect(connect(service, '/elsewhere')).rejects.toThrow('404');
    expect(await counted()).toEqual({ 'GET /ws/:id 101': 1, 'GET /ws/:id 400': 1, 'GET unmatched 404': 1 });
  });

  it('measures how long refused upgrades take, those that ws refuses included', async () => {
    const refusals: [code: string, route: string, head: string][] = [
      ['404', 'unmatched', 'GET /elsewhere HTTP/1.1\r\nSec-WebSocket-Version: 13'],
      ['400', '/ws/:id', 'GET /ws/a HTTP/1.1\r\nSec-WebSocket-Version: 1'],
    ];
    for (const [code, route, head] of refusals) {
      await fetchRaw(`${head}\r\nConnection: Upgrade\r\nUpgrade: websocket`);
      const labels = `{method="GET",route="${route}",code="${code}"}`;
      expect(await sample(service, `${METRIC}_sum${labels}`)).toBeGreaterThan(0);
    }
  });

  it('counts a request whose client left before the answer as 499', async () => {
    const socket = connectSocket(service.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.resetAndDestroy());
    await until(
      () => sample(service, `${METRIC}_count{method="GET",route="/metrics",code="499"}`),
      (count) => count === 1,
    );
  });

  async function fetchRaw(requestLine: string): Promise<void> {
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.end(`${requestLine}\r\nHost: a\r\nConnection: close\r\n\r\n`);
    socket.resume();
    await once(socket, 'close');
  }
});
