import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import request from 'supertest';
import { connect, samples, type Service, startService, until } from './service.js';

const METRIC = 'service_collector_http_request_duration_seconds';

describe(METRIC, () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.close());

  /** The series that have counted a request, as `GET /some 200`, with their counts. */
  async function counted(): Promise<Record<string, number>> {
    const all = samples(await (await fetch(`${service.url}/metrics`)).text());
    const counts: Record<string, number> = {};
    for (const [series, value] of all) {
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
    const routes = Object.keys(await counted());
    expect(routes.every((series) => /^GET (unmatched 404|\/(some)? 200)$/.test(series))).toBe(true);
    expect(routes).toContain('GET unmatched 404');
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

  it('counts a request whose client left before the answer as 499', async () => {
    const socket = connectSocket(service.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.resetAndDestroy());
    const series = `${METRIC}_count{method="GET",route="/metrics",code="499"}`;
    await until(
      async () => samples(await (await fetch(`${service.url}/metrics`)).text()).get(series),
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
