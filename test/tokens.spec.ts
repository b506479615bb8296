import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import request from 'supertest';
import WebSocket from 'ws';
import { accountOf } from './accounting.js';
import { Intervals } from './intervals.js';
import { connect, sample, type Service, startService } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const VALID = { env: 'testing', statuscode: 200 };
const CHALLENGE = 'Bearer realm="service-collector"';
const carrier = (token: string): string => `bearer.${Buffer.from(token).toString('base64url')}`;

describe('tokens', () => {
  let service: Service;
  afterEach(() => service.close());

  const push = (authorization?: string): request.Test => {
    const post = request(service.url).post('/observations').send(VALID);
    return authorization === undefined ? post : post.set('Authorization', authorization);
  };
  // As a page in a browser, so that no stop waits for the test.
  const scrape = (token: string): request.Test =>
    request(service.url)
      .get('/metrics')
      .set('Sec-Fetch-Mode', 'cors')
      .set('Authorization', `Bearer ${token}`);
  const refused = (reason: string): Promise<number | undefined> =>
    sample(service, `service_collector_refused_total{reason="${reason}"}`);

  describe('for observations', () => {
    it.each([
      ['none', undefined, CHALLENGE],
      ['another scheme', 'Basic b25lOg==', CHALLENGE],
      ['nothing behind the scheme', 'Bearer ', CHALLENGE],
      ['two', 'Bearer one two', CHALLENGE],
      ['a wrong one', 'Bearer three', `${CHALLENGE}, error="invalid_token"`],
      ['the beginning of one', 'Bearer on', `${CHALLENGE}, error="invalid_token"`],
      ['all of them', 'Bearer one,two', `${CHALLENGE}, error="invalid_token"`],
    ])('answers 401 to %s, and counts it', async (_what, authorization, challenge) => {
      service = await startService({ INGEST_TOKEN: 'one,two' });
      const response = await push(authorization).expect(401).expect('WWW-Authenticate', challenge);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.body).toMatchObject({ status: 401, title: 'Unauthorized' });
      expect(response.text).not.toMatch(/one|two|three/);
      expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected: { unauthorized: 1 } });
      expect(await refused('unauthorized')).toBe(1);
    });

    it('accepts any of several, whatever the case of the scheme', async () => {
      service = await startService({ INGEST_TOKEN: 'one, two' });
      await push('Bearer one').expect(200);
      await push('bearer two').expect(200);
    });

    it('leaves the metrics, the page and the probes open', async () => {
      service = await startService({ INGEST_TOKEN: 'one' });
      for (const path of ['/metrics', '/', '/some', '/-/ready']) {
        await request(service.url).get(path).expect(200);
      }
    });
  });

  describe('for WebSockets', () => {
    it.each([
      ['none', {}, []],
      ['a wrong one in the header', { headers: { Authorization: 'Bearer two' } }, []],
      ['a wrong one as subprotocol', {}, ['service-collector', carrier('two')]],
      ['one that is not encoded', {}, ['service-collector', 'bearer.one']],
    ])('answers 401 on the upgrade to %s, and counts it', async (_what, options, protocols) => {
      service = await startService({ INGEST_TOKEN: 'one' });
      const client = new WebSocket(`${service.url}/ws/a`, protocols, options);
      const [, response] = await once(client, 'unexpected-response');
      expect(response).toMatchObject({
        statusCode: 401,
        headers: { 'www-authenticate': expect.stringContaining(CHALLENGE), connection: 'close' },
      });
      client.on('error', () => undefined).terminate();
      expect(await refused('unauthorized')).toBe(1);
      expect(await sample(service, 'connected_clients')).toBe(0);
    });

    it('accepts one in the header', async () => {
      service = await startService({ INGEST_TOKEN: 'one' });
      await connect(service, '/ws/a', { headers: { Authorization: 'Bearer one' } });
      expect(await sample(service, 'connected_clients')).toBe(1);
    });

    it.each([
      [['service-collector', carrier('o/n+e==')], 'service-collector'],
      [[carrier('o/n+e=='), 'chat', 'service-collector'], 'service-collector'],
      [[carrier('o/n+e=='), 'chat'], 'chat'],
    ])('accepts one among the subprotocols %j, and agrees on %s', async (protocols, agreed) => {
      service = await startService({ INGEST_TOKEN: 'o/n+e==' });
      const client = new WebSocket(`${service.url}/ws/a`, protocols);
      await once(client, 'open');
      expect(client.protocol).toBe(agreed);
    });

    it('never echoes one as the subprotocol', async () => {
      service = await startService({ INGEST_TOKEN: 'one' });
      const client = new WebSocket(`${service.url}/ws/a`, [carrier('one')]);
      const upgraded = once(client, 'upgrade');
      client.on('error', () => undefined); // it had offered a subprotocol and got none
      const [response] = await upgraded;
      expect(response).toHaveProperty('statusCode', 101);
      expect(response).not.toHaveProperty('headers.sec-websocket-protocol');
    });
  });

  describe('for the metrics', () => {
    it('answers 401 without the right one, and the metrics with it', async () => {
      service = await startService({ METRICS_TOKEN: 'one' });
      await request(service.url).get('/metrics').expect(401).expect('WWW-Authenticate', CHALLENGE);
      await scrape('two').expect(401);
      const { text } = await scrape('one').expect(200);
      expect(text).toContain('service_collector_refused_total{reason="unauthorized"} 2\n');
    });

    it('leaves observations and the page open', async () => {
      service = await startService({ METRICS_TOKEN: 'one' });
      await push().expect(200);
      await request(service.url).get('/').expect(200);
    });
  });

  describe('in a file', () => {
    let folder: TemporaryFolder;
    let intervals: Intervals;
    beforeEach(() => {
      folder = new TemporaryFolder();
      intervals = new Intervals();
    });
    afterEach(() => {
      intervals[Symbol.dispose]();
      folder[Symbol.dispose]();
    });

    function fileOf(text: string): string {
      const path = folder.file('token');
      writeFileSync(path, text);
      return path;
    }

    it('are read again when it changes, without a restart', async () => {
      const path = fileOf('old\n');
      service = await startService({ METRICS_TOKEN_FILE: path });
      await scrape('old').expect(200);
      writeFileSync(path, 'new\nold\n');
      await intervals.until(
        async () => (await scrape('new')).status,
        (status) => status === 200,
      );
      await scrape('old').expect(200);
      writeFileSync(path, 'new\n');
      await intervals.until(
        async () => (await scrape('old')).status,
        (status) => status === 401,
      );
      await scrape('new').expect(200);
    });

    it('are read again when a symbolic link is replaced, as Kubernetes does', async () => {
      for (const version of ['old', 'new']) writeFileSync(folder.file(version), version);
      const link = folder.file('link');
      symlinkSync('old', link);
      service = await startService({ INGEST_TOKEN_FILE: link });
      await push('Bearer old').expect(200);
      symlinkSync('new', `${link}.next`);
      renameSync(`${link}.next`, link);
      await intervals.until(
        async () => (await push('Bearer new')).status,
        (status) => status === 200,
      );
      await push('Bearer old').expect(401);
    });

    it('stay valid when it vanishes, holds none, or is a pipe, which is logged and shown', async () => {
      const path = fileOf('one');
      service = await startService({ METRICS_TOKEN_FILE: path, LOG_LEVEL: 'error' });
      const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
      const logged = (): string => stderr.mock.calls.map(([line]) => String(line)).join('');
      const reloaded = async (): Promise<string | undefined> =>
        /last_reload_successful\{setting="METRICS_TOKEN_FILE"\} (\d)/.exec((await scrape('one')).text)?.[1];
      expect(await reloaded()).toBe('1');
      writeFileSync(path, '\n');
      await intervals.until(logged, (text) => text.includes('holds no token'));
      expect(await reloaded()).toBe('0');
      unlinkSync(path);
      await intervals.until(logged, (text) => text.includes('ENOENT'));
      expect(await reloaded()).toBe('0');
      execFileSync('mkfifo', [path]);
      await intervals.until(logged, (text) => text.includes(`${path} is a pipe; it must be a file`));
      stderr.mockRestore();
      unlinkSync(path);
      writeFileSync(path, 'one two');
      await intervals.until(reloaded, (value) => value === '1');
    });

    it('are no longer watched after a shutdown', async () => {
      const files = { INGEST_TOKEN_FILE: fileOf('one'), METRICS_TOKEN_FILE: fileOf('one') };
      service = await startService(files);
      expect(intervals.count).toBe(6); // with the delay of the event loop, the summary of WebSocket clients, when sources last recorded, the past
      await service.close();
      expect(intervals.running).toEqual([]);
    });

    it('close the WebSockets that came in with one that is no longer there, with 1008', async () => {
      const path = fileOf('old new');
      service = await startService({ INGEST_TOKEN_FILE: path });
      const leaving = await connect(service, '/ws/a', { headers: { Authorization: 'Bearer old' } });
      const staying = await connect(service, '/ws/b', { headers: { Authorization: 'Bearer new' } });
      const closed = once(leaving, 'close');
      writeFileSync(path, 'new');
      await intervals.until(
        () => refused('token_revoked'),
        (count) => count === 1,
      );
      expect((await closed)[0]).toBe(1008);
      staying.send(JSON.stringify({ event: 'observations', data: VALID }));
      expect(String(await once(staying, 'message'))).toContain('"recorded":1');
    });
  });
});

describe('the origin of a WebSocket', () => {
  let service: Service;
  afterEach(() => service.close());

  const from = (origin: string): Promise<WebSocket> =>
    connect(service, '/ws/a', { headers: { Origin: origin } });

  it("may be the service's own, or missing", async () => {
    service = await startService();
    await from(service.url);
    await connect(service, '/ws/a');
    expect(await sample(service, 'connected_clients')).toBe(2);
  });

  it.each([
    ['https://a.example', 'a.example:443'],
    ['http://a.example', 'a.example:80'],
    ['https://a.example:443', 'A.example'],
    ['https://a.example:8443', 'a.example:8443'],
    ['http://[::1]', '[::1]:80'],
  ])("is the service's own if it is %s for the host %s", async (Origin, Host) => {
    service = await startService();
    await connect(service, '/ws/a', { headers: { Origin, Host } });
  });

  it.each([
    ['https://a.example', 'a.example:80'],
    ['https://a.example', 'a.example:8443'],
    ['http://a.example:443', 'a.example'],
    ['https://', ''],
    ['ftp://a.example', 'a.example'],
  ])('is another if it is %s for the host %s', async (Origin, Host) => {
    service = await startService();
    await expect(connect(service, '/ws/a', { headers: { Origin, Host } })).rejects.toThrow('403');
  });

  it('gets 403 if it is another, which is counted', async () => {
    service = await startService({ ALLOWED_ORIGINS: 'https://allowed.example' });
    const others = [
      'https://evil.example',
      'null',
      'https://allowed.example.evil.example',
      `${service.url}0`,
      '',
    ];
    for (const origin of others) await expect(from(origin)).rejects.toThrow('403');
    expect(await sample(service, 'service_collector_refused_total{reason="origin"}')).toBe(others.length);
  });

  it('may be an allowed one', async () => {
    service = await startService({ ALLOWED_ORIGINS: 'https://Allowed.example, http://localhost:3000' });
    await from('https://allowed.example');
    await from('http://localhost:3000');
    expect(await sample(service, 'connected_clients')).toBe(2);
  });

  it('may be any with *', async () => {
    service = await startService({ ALLOWED_ORIGINS: '*' });
    await from('https://anywhere.example');
    await from('null');
    expect(await sample(service, 'connected_clients')).toBe(2);
  });
});
