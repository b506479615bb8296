import { type Service, startService } from './service.js';

const ORIGIN = 'https://shop.example';

describe('the methods of a path', () => {
  let service: Service;
  afterEach(() => service.close());

  const ask = (method: string, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${service.url}${path}`, { method, headers });

  it.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/live/app.js', 'GET, HEAD, OPTIONS'],
    ['/live/history', 'GET, HEAD, OPTIONS'],
    ['/some?a', 'GET, HEAD, OPTIONS'],
    ['/metrics', 'GET, HEAD, OPTIONS'],
    ['/-/healthy', 'GET, HEAD, OPTIONS'],
    ['/-/ready', 'GET, HEAD, OPTIONS'],
    ['/ws/a', 'GET, HEAD, OPTIONS'],
    ['/observations', 'OPTIONS, POST'],
  ])('of %s are listed by OPTIONS, and by 405 to any other method', async (path, allow) => {
    service = await startService();
    const options = await ask('OPTIONS', path);
    expect([options.status, options.headers.get('Allow'), await options.text()]).toEqual([204, allow, '']);
    const refused = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PROPFIND'].filter(
      (one) => !allow.includes(one),
    );
    for (const method of refused) {
      const { status, headers } = await ask(method, path);
      expect([method, status, headers.get('Allow')]).toEqual([method, 405, allow]);
      expect(headers.get('Content-Type')).toMatch('application/problem+json');
    }
  });

  it('are none where the path is unknown', async () => {
    service = await startService();
    for (const path of ['/nothing', '/some/', '/*']) expect((await ask('POST', path)).status).toBe(404);
    expect((await ask('OPTIONS', '/nothing')).headers.get('Allow')).toBe(null);
  });
});

describe('a page of another origin', () => {
  const push = (
    { url }: Service,
    body: string,
    origin = ORIGIN,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${url}/observations`, {
      method: 'POST',
      body,
      headers: { Origin: origin, 'Content-Type': 'application/json', ...headers },
    });
  const preflight = ({ url }: Service, origin: string): Promise<Response> =>
    fetch(`${url}/observations`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });
  const allowed = ({ headers }: Response): string | null => headers.get('Access-Control-Allow-Origin');

  it('may push if ALLOWED_ORIGINS names it, and reads errors too', async () => {
    await using service = await startService({
      ALLOWED_ORIGINS: ORIGIN,
      INGEST_TOKEN: 'one',
      RATE_LIMIT: '100',
    });
    const first = await preflight(service, ORIGIN);
    expect([first.status, allowed(first), first.headers.get('Vary')]).toEqual([204, ORIGIN, 'Origin']);
    expect(first.headers.get('Access-Control-Allow-Methods')).toBe('POST');
    expect(first.headers.get('Access-Control-Allow-Headers')).toBe(
      'Authorization, Content-Encoding, Content-Type',
    );
    const token = { Authorization: 'Bearer one' };
    const answers = [
      await push(service, '[]', ORIGIN, token),
      await push(service, '{', ORIGIN, token),
      await push(service, '{}', ORIGIN, token),
      await push(service, '[]'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 422, 401]);
    expect(answers.map(allowed)).toEqual(Array(4).fill(ORIGIN));
  });

  it('may push with ALLOWED_ORIGINS=*, from anywhere', async () => {
    await using service = await startService({ ALLOWED_ORIGINS: '*' });
    expect(allowed(await preflight(service, 'null'))).toBe('*');
    expect(allowed(await push(service, '[]', 'https://anywhere.example'))).toBe('*');
  });

  it.each([
    ['that is not named', ORIGIN, 'https://shop.example.evil.example'],
    ['if none is named', '', ORIGIN],
  ])('may not %s', async (_what, ALLOWED_ORIGINS, origin) => {
    await using service = await startService({ ALLOWED_ORIGINS });
    const first = await preflight(service, origin);
    expect(first.status).toBe(204);
    expect([...first.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(allowed(await push(service, '{', origin))).toBe(null);
  });
});
