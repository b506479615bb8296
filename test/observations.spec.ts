import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import request, { type Test } from 'supertest';
import { Lifecycle } from '../src/lifecycle/lifecycle.js';
import { accountOf, candidate, sum } from './accounting.js';
import { sample, type Service, startService, until } from './service.js';

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const VALID = '{"env":"production","statuscode":503,"seconds":0.212}';

describe('POST /observations', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService({ BODY_LIMIT_BYTES: '10000' });
  });
  afterEach(() => service.close());

  const post = (type: string, body: string | Buffer): Test =>
    request(service.url)
      .post('/observations')
      .set('Content-Type', type)
      .serialize((bytes: string) => bytes)
      .send(body);

  it('records one observation', async () => {
    await post(JSON_TYPE, VALID).expect(200, { recorded: 1 });
    expect(await sample(service, 'response_code{env="production",statuscode="503",type="500"}')).toBe(1);
    expect(await sample(service, 'response_time_sum{env="production"}')).toBe(0.212);
    expect(await accountOf(service, 'http')).toEqual({ recorded: 1, rejected: {}, responses: 1, timed: 1 });
  });

  it('records response_code alone where the duration is not known', async () => {
    await post(JSON_TYPE, '{"env":"testing","statuscode":304}').expect(200, { recorded: 1 });
    expect(await accountOf(service, 'http')).toEqual({ recorded: 1, rejected: {}, responses: 1, timed: 0 });
  });

  it.each([
    ['an array', JSON_TYPE, `[${VALID},${VALID}]`, 2],
    ['an empty array', JSON_TYPE, '[]', 0],
    ['a content type with UTF-8 as charset', `${JSON_TYPE}; charset="UTF-8"`, VALID, 1],
    ['a byte order mark', JSON_TYPE, `\ufeff${VALID}`, 1],
    ['lines', NDJSON_TYPE, `${VALID}\n${VALID}\n`, 2],
    ['a last line without a line break', NDJSON_TYPE, `${VALID}\n${VALID}`, 2],
    ['blank lines and CRLF', NDJSON_TYPE, `\r\n${VALID}\r\n\n  \n${VALID}\r\n`, 2],
    ['no line', NDJSON_TYPE, '', 0],
  ])('takes %s', async (_what, type, body, recorded) => {
    await post(type, body).expect(200, { recorded });
    expect(await accountOf(service, 'http')).toMatchObject({ recorded, rejected: {}, responses: recorded });
  });

  it('takes a gzipped body', async () => {
    await post(NDJSON_TYPE, gzipSync(`${VALID}\n${VALID}\n`))
      .set('Content-Encoding', 'gzip')
      .expect(200, { recorded: 2 });
  });

  it.each([
    ['nothing', JSON_TYPE, '', [{ detail: 'Unexpected end of JSON input' }], { not_json: 1 }],
    [
      'a word',
      JSON_TYPE,
      'nope',
      [{ detail: expect.stringContaining('is not valid JSON') }],
      { not_json: 1 },
    ],
    ['two objects', JSON_TYPE, VALID + VALID, [{ detail: expect.any(String) }], { not_json: 1 }],
    [
      'a line that is cut off',
      NDJSON_TYPE,
      `${VALID}\n\n{"env":\n${VALID}`,
      [{ line: 3, detail: 'Unexpected end of JSON input' }],
      { not_json: 1, batch_refused: 2 },
    ],
  ])('answers 400 to %s and records nothing', async (_what, type, body, problems, rejected) => {
    const response = await post(type, body).expect(400);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'the body is not JSON',
      problems,
    });
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected, responses: 0 });
  });

  it.each(['application/ld+json', 'application/json; charset=UTF8', 'application/json;charset=us-ascii'])(
    'takes JSON as %s',
    async (type) => {
      await post(type, VALID).expect(200, { recorded: 1 });
    },
  );

  it.each(['application/ndjson', 'application/jsonl', 'Application/X-JsonLines; charset=utf8'])(
    'takes lines as %s',
    async (type) => {
      await post(type, `${VALID}\n${VALID}\n`).expect(200, { recorded: 2 });
    },
  );

  it('answers 400 to lines that are sent as JSON, and says what they need', async () => {
    const { body } = await post(JSON_TYPE, `${VALID}\n${VALID}\n`).expect(400);
    expect(body.detail).toBe(
      'the body is not JSON; lines of JSON need the Content-Type application/x-ndjson',
    );
  });

  it('answers 400 to what is not UTF-8', async () => {
    await post(JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])).expect(400, /the body cannot be read/);
    expect((await accountOf(service, 'http')).rejected).toEqual({ not_json: 1 });
  });

  it('answers 422 and names the offenders by index, field and fault', async () => {
    const batch = [
      { env: 'testing', statuscode: 200 },
      { env: 'staging', statuscode: 200 },
      { env: 'testing', statuscode: '2OO' },
      { env: 'testing', statuscode: 200, seconds: -1 },
      { env: 'testing', statuscode: 200, [`key${'x'.repeat(100)}`]: 1 },
      { env: 'testing' },
      [],
      null,
    ];
    const { body } = await post(JSON_TYPE, JSON.stringify(batch)).expect(422);
    expect(body).toMatchObject({
      status: 422,
      detail: 'none of 8 observations recorded: at least one is invalid',
      problems: [
        { index: 1, field: 'env', detail: 'env "staging" is not one of testing, production' },
        { index: 2, field: 'statuscode', detail: 'statuscode "2OO" is not an integer from 100 to 599' },
        { index: 3, field: 'seconds', detail: 'seconds -1 is not a number from 0 to 864000' },
        {
          index: 4,
          field: `key${'x'.repeat(37)}`,
          detail: `"key${'x'.repeat(37)}…" is not a key of an observation`,
        },
        { index: 5, field: 'statuscode', detail: 'statuscode is missing' },
        { index: 6, detail: 'an array is not an object' },
        { index: 7, detail: 'null is not an object' },
      ],
    });
    expect(await accountOf(service, 'http')).toEqual({
      recorded: 0,
      rejected: {
        batch_refused: 1,
        invalid_env: 1,
        invalid_statuscode: 2,
        invalid_seconds: 1,
        unknown_key: 1,
        not_an_object: 2,
      },
      responses: 0,
      timed: 0,
    });
  });

  it('names the offenders of NDJSON by line, and the first ten of many', async () => {
    const { body } = await post(NDJSON_TYPE, `${VALID}\n\n${'5\n'.repeat(100)}`).expect(422);
    expect(body.problems.map(({ line }: { line: number }) => line)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect((await accountOf(service, 'http')).rejected).toEqual({ not_an_object: 100, batch_refused: 1 });
  });

  it.each([
    ['{"__proto__":{"env":"testing"},"statuscode":200}', { invalid_env: 1 }],
    ['{"env":"testing","statuscode":200,"__proto__":{}}', { unknown_key: 1 }],
    ['{"env":"testing","statuscode":200,"seconds":1e400}', { invalid_seconds: 1 }],
    ['{"env":"testing","statuscode":200,"seconds":1.7e308}', { invalid_seconds: 1 }],
    ['{"env":"testing","statuscode":200,"seconds":864001}', { invalid_seconds: 1 }],
    ['{"env":"testing","statuscode":1e2000}', { invalid_statuscode: 1 }],
    ['{"env":"constructor","statuscode":200}', { invalid_env: 1 }],
  ])('is not fooled by %s', async (body, rejected) => {
    await post(JSON_TYPE, body).expect(422);
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected, responses: 0 });
  });

  it.each([
    ['a body over the limit', (): Test => post(JSON_TYPE, ' '.repeat(10_001))],
    [
      'a body that inflates to more than the limit',
      (): Test => post(JSON_TYPE, gzipSync(' '.repeat(5_000_000))).set('Content-Encoding', 'gzip'),
    ],
  ])('answers 413 to %s', async (_what, send) => {
    const response = await send().expect(413);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect((await accountOf(service, 'http')).rejected).toEqual({ too_large: 1 });
  });

  it.each([
    ['says beforehand', 'Content-Length: 99999999\r\n\r\n'],
    ['sends', `Transfer-Encoding: chunked\r\n\r\n4e20\r\n${' '.repeat(20_000)}\r\n`],
  ])('answers 413 as soon as a client %s too much, and does not wait for the rest', async (_what, rest) => {
    const socket = connectSocket(service.port, '127.0.0.1');
    socket.write(`POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_TYPE}\r\n${rest}`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    expect((await accountOf(service, 'http')).rejected).toEqual({ too_large: 1 });
    socket.destroy();
  });

  it('takes a body of exactly the limit', async () => {
    await post(JSON_TYPE, VALID.padEnd(10_000)).expect(200, { recorded: 1 });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
  ])('answers 415 to %s', async (type) => {
    const { body } = await post(type, VALID).expect(415);
    expect(body.detail).toBe(
      'Content-Type must be application/json (or any application/…+json) for an object or an array, or ' +
        'application/x-ndjson (or application/ndjson, application/jsonl, application/x-jsonlines) for lines, ' +
        `in UTF-8; it was "${type}"`,
    );
    expect((await accountOf(service, 'http')).rejected).toEqual({ unsupported_media_type: 1 });
  });

  it('answers 415 to an unknown encoding, and 400 to invalid gzip', async () => {
    await post(JSON_TYPE, VALID)
      .set('Content-Encoding', 'lzma')
      .expect(415, /it was \\"lzma\\"/);
    await post(JSON_TYPE, VALID).set('Content-Encoding', 'gzip').expect(400);
    expect((await accountOf(service, 'http')).rejected).toEqual({ unsupported_media_type: 1, incomplete: 1 });
  });

  it('answers 503 with Retry-After while the service shuts down', async () => {
    await service.app.get(Lifecycle, { strict: false }).stop();
    const { headers } = await post(JSON_TYPE, VALID).expect(503);
    expect(headers['retry-after']).toBe('5');
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 0, rejected: { shutting_down: 1 } });
  });

  it('records nothing of a body whose sender goes away in the middle', async () => {
    const socket = connectSocket(service.port, '127.0.0.1');
    await once(socket, 'connect');
    const head = `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: ${NDJSON_TYPE}\r\nContent-Length: 1000\r\n\r\n`;
    socket.write(`${head}${VALID}\n`);
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    const account = await until(
      () => accountOf(service, 'http'),
      ({ rejected }) => sum(rejected) > 0,
    );
    expect(account).toEqual({ recorded: 0, rejected: { incomplete: 1 }, responses: 0, timed: 0 });
    socket.destroy();
  });

  it('loses nothing and invents nothing, whatever is sent', async () => {
    let received = 0;
    let recorded = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(candidate, { maxLength: 30 }), fc.boolean(), async (candidates, lines) => {
        const texts = candidates.map((one) => JSON.stringify(one));
        const { body } = lines
          ? await post(NDJSON_TYPE, texts.join('\n'))
          : await post(JSON_TYPE, `[${texts.join(',')}]`);
        received += candidates.length;
        recorded += Number(body.recorded ?? 0);
        const account = await accountOf(service, 'http');
        expect(account).toMatchObject({ recorded, responses: recorded });
        expect(account.recorded + sum(account.rejected)).toBe(received);
      }),
      { numRuns: 100 },
    );
  });
});
