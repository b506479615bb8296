import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { connect } from 'node:net';
import { buffer, text as textOf } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { getToken } from '@willsoto/nestjs-prometheus';
import request from 'supertest';
import type { IncomingRequests } from '../src/metrics/collectors.js';
import { TextFormat } from '../src/metrics/text-format.js';
import { RecorderService } from '../src/recording/recorder.service.js';
import { asText, families, PROTOBUF } from './protobuf.js';
import { push, sample, samples, scrape, type Service, startService, total, until } from './service.js';

describe('GET /metrics', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService({ ENVIRONMENTS: 'testing,production' });
  });
  afterEach(() => service.close());

  it.each([
    ['incoming_requests', 'counter', 'Incoming Requests'],
    ['connected_clients', 'gauge', 'Connected Clients'],
    ['response_code', 'counter', 'Response Codes'],
    ['response_time', 'histogram', 'Response Times'],
  ])('shows %s as a %s with the help text of the tutorial', async (name, type, help) => {
    const { text } = await request(service.url).get('/metrics');
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  });

  it('shows an observation in the labels and buckets of the tutorial', async () => {
    service.app
      .get(RecorderService, { strict: false })
      .offer('simulator', { env: 'production', statuscode: 503, seconds: 0.212 });
    const all = await scrape(service);
    expect(all.get('response_code{env="production",statuscode="503",type="500"}')).toBe(1);
    const buckets = [...all].filter(([series]) => /^response_time_bucket\{.*env="production"/.test(series));
    expect(buckets.map(([series, value]) => [/le="([^"]+)"/.exec(series)?.[1], value])).toEqual([
      ['0.005', 0],
      ['0.01', 0],
      ['0.025', 0],
      ['0.05', 0],
      ['0.1', 0],
      ['0.25', 1],
      ['0.5', 1],
      ['1', 1],
      ['2.5', 1],
      ['5', 1],
      ['10', 1],
      ['+Inf', 1],
    ]);
    expect(all.get('response_time_sum{env="production"}')).toBe(0.212);
    expect(all.get('response_time_count{env="production"}')).toBe(1);
  });

  it('shows every known status code of every environment at 0 before anything happened', async () => {
    const all = await scrape(service);
    for (const env of ['testing', 'production']) {
      for (const code of Object.keys(STATUS_CODES)) {
        const series = `response_code{env="${env}",statuscode="${code}",type="${code[0]}00"}`;
        expect([series, all.get(series)]).toEqual([series, 0]);
      }
      expect(all.get(`response_time_count{env="${env}"}`)).toBe(0);
    }
    expect(total(all, 'response_code')).toBe(0);
  });

  it.each([
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_open_fds',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ])('shows %s of the process', async (name) => {
    expect(await sample(service, name)).toBeGreaterThanOrEqual(0);
  });

  it('says which sources are turned on, and how many clients may be connected', async () => {
    const configured = 'service_collector_source_configured';
    const all = await scrape(service);
    expect([...all].filter(([series]) => series.startsWith(configured))).toEqual([]);
    expect(all.get('service_collector_clients_limit')).toBe(10_000);
    await using other = await startService({
      SIMULATOR: 'on',
      ACCESS_LOGS: 'testing=/nonexistent/access.log',
      NATS_URL: 'nats://127.0.0.1:1',
      MAX_CLIENTS: '7',
    });
    for (const source of ['simulator', 'access_log', 'broker']) {
      expect(await sample(other, `${configured}{source="${source}"}`)).toBe(1);
    }
    const last = 'service_collector_source_last_recorded_timestamp_seconds';
    expect(await sample(other, `${last}{source="access_log"}`)).toBe(0);
    expect(await sample(other, `${last}{source="http"}`)).toBeUndefined();
    const simulated = (): Promise<number | undefined> => sample(other, `${last}{source="simulator"}`);
    expect(await until(simulated, (time = 0) => time > 0)).toBeLessThanOrEqual(Date.now() / 1000);
    expect(await sample(other, 'service_collector_clients_limit')).toBe(7);
  });

  it('says which version runs', async () => {
    const series = `service_collector_build_info{version="1.0.0",node_version="${process.version}"}`;
    expect(await sample(service, series)).toBe(1);
  });

  it('has the content type of the text format, and no ETag, X-Powered-By or permission to be cached', async () => {
    const { headers } = await request(service.url)
      .get('/metrics')
      .set('Accept-Encoding', 'identity')
      .expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it.each([
    ['gzip', 'gzip'],
    ['deflate, gzip;q=1.0, *;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['br', undefined],
  ])('answers Accept-Encoding: %s with Content-Encoding %s', async (accepted, encoding) => {
    const { headers, text } = await request(service.url)
      .get('/metrics')
      .set('Accept-Encoding', accepted)
      .expect(200);
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers['vary']).toBe('Accept, Accept-Encoding');
    expect(text).toContain('# TYPE incoming_requests counter');
  });

  it.each([
    [
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      true,
    ],
    [`${PROTOBUF}; q=0.7, application/openmetrics-text;q=0.6, text/plain;q=0.5, */*;q=0.2`, true],
    [`text/plain;q=0.3, ${PROTOBUF}; escaping=allow-utf-8; q=0.4`, true],
    [`${PROTOBUF}, text/plain`, true],
    [`text/plain, ${PROTOBUF}`, false],
    [`application/openmetrics-text;version=1.0.0, ${PROTOBUF};q=0.9, text/plain;q=0.5`, false],
    [`${PROTOBUF};q=0, image/png`, false],
    [PROTOBUF.replace('delimited', 'text'), false],
    ['application/openmetrics-text;version=1.0.0', false],
    ['application/vnd.google.protobuf', false],
    ['q=,;;, ,', false],
  ])('answers Accept: %s in protobuf: %s', async (accepted, isProtobuf) => {
    const { headers } = await request(service.url).get('/metrics').set('Accept', accepted).expect(200);
    expect(headers['content-type']).toBe(isProtobuf ? PROTOBUF : 'text/plain; version=0.0.4; charset=utf-8');
    expect(headers['vary']).toBe('Accept, Accept-Encoding');
  });

  it('has the same metrics, samples and help texts in protobuf as in the text, compressed or not', async () => {
    const page = (headers: Readonly<Record<string, string>>): Promise<Buffer> =>
      fetch(`${service.url}/metrics`, { headers }).then(async (answer) =>
        Buffer.from(await answer.arrayBuffer()),
      );
    const [text, ...others] = await Promise.all([
      page({}),
      page({ Accept: PROTOBUF, 'Accept-Encoding': 'gzip' }),
      page({ Accept: PROTOBUF, 'Accept-Encoding': 'identity' }),
    ]);
    for (const other of others) {
      const protobuf = asText(other);
      const own = (samplesOf: Map<string, number>) =>
        [...samplesOf].filter(([series]) => !/^(process|nodejs|service_collector_http)_/.test(series));
      expect(own(protobuf.samples)).toEqual(own(samples(text.toString())));
      expect(protobuf.heads).toEqual(text.toString().match(/^#.*/gm));
    }
  });

  it('dates series of the start-up to the start of the process, and others to their creation', async () => {
    const before = Date.now();
    await push(service, { env: 'testing', statuscode: 299 });
    const page = await fetch(`${service.url}/metrics`, { headers: { Accept: PROTOBUF } });
    const codes = families(Buffer.from(await page.arrayBuffer())).find(
      ({ name }) => name === 'response_code',
    );
    const created = (code: string): number => {
      const found = codes?.metric.find(({ label }) => label.some(({ value }) => value === code));
      return (found?.counter?.created_timestamp?.seconds ?? NaN) * 1000;
    };
    expect(created('200')).toBe(Math.floor(Math.round(performance.timeOrigin) / 1000) * 1000);
    expect(created('299')).toBeGreaterThan(before - 2000);
  });

  it('sends gzip over the wire, not only its header', async () => {
    const socket = connect(service.port, '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n');
    const answer = await buffer(socket);
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    expect(gunzipSync(body).toString()).toContain('\nincoming_requests 0\n');
  });

  it('answers HEAD with the headers alone', async () => {
    const response = await request(service.url).head('/metrics').expect(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.text).toBeFalsy();
  });

  it('keeps connections open longer than Prometheus keeps them idle', async () => {
    const { headers } = await request(service.url).get('/metrics').set('Connection', 'keep-alive');
    expect(Number(/timeout=(\d+)/.exec(headers['keep-alive'] ?? '')?.[1])).toBeGreaterThan(300);
  });

  it('shares renders between scrapes that arrive together', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(service.port, '127.0.0.1'));
    for (const socket of sockets) socket.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.all(sockets.map((socket) => once(socket, 'data'))); // so the server has accepted all of them
    const render = jest.spyOn(TextFormat.prototype, 'print');
    for (const socket of sockets)
      socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const answers = await Promise.all(sockets.map(textOf));
    expect(answers.filter((answer) => answer.includes('\nincoming_requests 0\n'))).toHaveLength(50);
    expect(render.mock.calls.length).toBeLessThan(25);
  });
});

describe('two applications in one process', () => {
  it('share no count and do not collide', async () => {
    await using one = await startService();
    await using other = await startService();
    await request(one.url).get('/some').expect(200);
    expect(await sample(one, 'incoming_requests')).toBe(1);
    expect(await sample(other, 'incoming_requests')).toBe(0);
    const collector = one.app.get<IncomingRequests>(getToken('incoming_requests'), { strict: false });
    expect(other.app.get(getToken('incoming_requests'), { strict: false })).not.toBe(collector);
  });
});
