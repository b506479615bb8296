import { gzipSync } from 'node:zlib';
import { accountOf } from './accounting.js';
import { type Service, startService } from './service.js';

const VALID = '{"env":"testing","statuscode":200}';
const LIMIT = 1_048_576;

/** A gigabyte of zeros in gzip, in sixteen members: about 1,000 times smaller, so that its length says nothing. */
function gigabyte(): Buffer {
  const member = gzipSync(Buffer.alloc(67_108_864), { level: 9 });
  return Buffer.concat(Array.from({ length: 16 }, () => member));
}

/** How a body that is one candidate at fault is answered. */
const fault = (field: string | undefined, detail: string) => [
  { index: 0, ...(field === undefined ? {} : { field }), detail },
];

describe('POST /observations with what JSON can say', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService({ MAX_OBSERVATIONS: String(LIMIT) });
  });
  afterEach(() => service.close());

  async function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${service.url}/observations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: Buffer.from(body),
    });
  }

  it.each([
    ['all in __proto__', `{"__proto__":${VALID}}`, 'invalid_env', fault('env', 'env is missing')],
    [
      'a key constructor',
      '{"env":"testing","statuscode":200,"constructor":{"prototype":{"x":1}}}',
      'unknown_key',
      fault('constructor', '"constructor" is not a key of an observation'),
    ],
    [
      'a key toString',
      '{"env":"testing","statuscode":200,"toString":1}',
      'unknown_key',
      fault('toString', '"toString" is not a key of an observation'),
    ],
    [
      'an env __proto__',
      '{"env":"__proto__","statuscode":200}',
      'invalid_env',
      fault('env', 'env "__proto__" is not one of testing, production'),
    ],
    [
      'an env that is an object with toString',
      '{"env":{"toString":1},"statuscode":200}',
      'invalid_env',
      fault('env', 'env an object is not one of testing, production'),
    ],
    [
      'a status code of -0',
      '{"env":"testing","statuscode":-0}',
      'invalid_statuscode',
      fault('statuscode', 'statuscode 0 is not an integer from 100 to 599'),
    ],
    [
      'a status code with a fraction that a double does not hold',
      '{"env":"testing","statuscode":599.00000000000006}',
      'invalid_statuscode',
      fault('statuscode', 'statuscode 599.0000000000001 is not an integer from 100 to 599'),
    ],
    [
      'an escaped lone surrogate',
      '{"env":"\\ud800","statuscode":200}',
      'invalid_env',
      fault('env', 'env "\\ud800" is not one of testing, production'),
    ],
    [
      'duplicate keys, of which the last counts',
      '{"env":"testing","env":"staging","statuscode":200}',
      'invalid_env',
      fault('env', 'env "staging" is not one of testing, production'),
    ],
    [
      '60,000 keys',
      `{${Array.from({ length: 60_000 }, (_, i) => `"key${i}":1`).join()}}`,
      'invalid_env',
      fault('env', 'env is missing'),
    ],
    [
      '60,000 keys beside those of an observation',
      `{"env":"testing","statuscode":200,${Array.from({ length: 60_000 }, (_, i) => `"key${i}":1`).join()}}`,
      'unknown_key',
      fault('key0', '"key0" is not a key of an observation'),
    ],
    [
      'a key of 1 MB',
      `{"env":"testing","statuscode":200,"${'k'.repeat(1_000_000)}":1}`,
      'unknown_key',
      fault('k'.repeat(40), `"${'k'.repeat(40)}…" is not a key of an observation`),
    ],
  ])('answers 422 to %s', async (_what, body, reason, problems) => {
    const response = await post(body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ problems });
    expect(await accountOf(service, 'http')).toEqual({
      recorded: 0,
      rejected: { [reason]: 1 },
      responses: 0,
      timed: 0,
    });
  });

  it.each([
    ['NaN', '{"env":"testing","statuscode":200,"seconds":NaN}'],
    ['Infinity', '{"env":"testing","statuscode":200,"seconds":Infinity}'],
    ['-Infinity', '{"env":"testing","statuscode":200,"seconds":-Infinity}'],
    ['a number in hexadecimal', '{"env":"testing","statuscode":0xc8}'],
    ['a plus sign', '{"env":"testing","statuscode":+200}'],
    ['a comment', `${VALID}//`],
    ['a NUL behind it', `${VALID}\0`],
    ['a NUL in a text', '{"env":"test\0ing","statuscode":200}'],
    ['two byte order marks', `\ufeff\ufeff${VALID}`],
    ['a no-break space', `${VALID}\u00a0`],
    ['arrays nested 524,288 deep', '['.repeat(LIMIT / 2) + ']'.repeat(LIMIT / 2)],
    [
      'an env that is nested 500,000 deep',
      `{"env":${'['.repeat(500_000)}${']'.repeat(500_000)},"statuscode":200}`,
    ],
    ['1 MiB of opening brackets', '['.repeat(LIMIT)],
    ['1 MiB of opening braces', '{"a":'.repeat(LIMIT / 5)],
  ])('answers 400 to %s, which is not JSON or too deep', async (_what, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: 'the body is not JSON',
      problems: [{ detail: expect.any(String) }],
    });
    expect(await accountOf(service, 'http')).toEqual({
      recorded: 0,
      rejected: { not_json: 1 },
      responses: 0,
      timed: 0,
    });
  });

  it.each([
    ['duplicate keys, of which the last counts', '{"env":"staging","env":"testing","statuscode":200}'],
    ['seconds of -0', '{"env":"testing","statuscode":200,"seconds":-0}'],
    ['seconds of 1e-400', '{"env":"testing","statuscode":200,"seconds":1e-400}'],
    ['seconds of 864e3', '{"env":"testing","statuscode":200,"seconds":864e3}'],
    ['a status code of 2e2', '{"env":"testing","statuscode":2e2}'],
    ['a status code of 200.0', '{"env":"testing","statuscode":200.0}'],
    ['escapes', '{"\\u0065nv":"test\\u0069ng","statuscode":200}'],
  ])('records %s, which is valid', async (_what, body) => {
    const response = await post(body);
    expect(await response.json()).toEqual({ recorded: 1 });
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 1, rejected: {}, responses: 1 });
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${VALID}`, 'utf16le')],
    ['UTF-16 in the other order', Buffer.from(`\ufeff${VALID}`, 'utf16le').swap16()],
    ['an overlong slash', Buffer.from('22c0af22', 'hex')],
    ['an overlong NUL', Buffer.from('22c08022', 'hex')],
    ['a lone surrogate', Buffer.from('22eda08022', 'hex')],
    ['a code point that does not exist', Buffer.from('22f490808022', 'hex')],
    ['a character that is cut off', Buffer.from('22e282', 'hex')],
  ])('answers 400 to %s, which is not UTF-8', async (_what, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: 'the body cannot be read: it is not UTF-8' });
    expect(await accountOf(service, 'http')).toEqual({
      recorded: 0,
      rejected: { not_json: 1 },
      responses: 0,
      timed: 0,
    });
  });

  const zipped = gzipSync(VALID);
  it.each([
    ['that holds a gigabyte of zeros, in less than the limit', gigabyte, 413, { too_large: 1 }],
    ['in gzip', (): Buffer => gzipSync(zipped), 400, { not_json: 1 }],
    ['of no member', (): Buffer => Buffer.alloc(0), 400, { incomplete: 1 }],
    ['cut off in its head', (): Buffer => zipped.subarray(0, 5), 400, { incomplete: 1 }],
    ['cut off in its data', (): Buffer => zipped.subarray(0, 20), 400, { incomplete: 1 }],
    ['cut off in its checksum', (): Buffer => zipped.subarray(0, -6), 400, { incomplete: 1 }],
    [
      'with a wrong checksum',
      (): Buffer => Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8)]),
      400,
      { incomplete: 1 },
    ],
    [
      'with a second member that is broken',
      (): Buffer => Buffer.concat([zipped, zipped.subarray(0, 12)]),
      400,
      { incomplete: 1 },
    ],
    ['with a second member', (): Buffer => Buffer.concat([zipped, zipped]), 400, { not_json: 1 }],
    ['with a second member of nothing', (): Buffer => Buffer.concat([zipped, gzipSync('')]), 200, {}],
    [
      'with rubbish behind it',
      (): Buffer => Buffer.concat([zipped, Buffer.from('rubbish')]),
      400,
      { incomplete: 1 },
    ],
    ['padded with zeros, as tapes are', (): Buffer => Buffer.concat([zipped, Buffer.alloc(512)]), 200, {}],
  ])('takes no harm of gzip %s', async (_what, body, status, rejected) => {
    const sent = body();
    expect(sent.length).toBeLessThan(LIMIT);
    const response = await post(sent, { 'Content-Encoding': 'gzip' });
    expect(response.status).toBe(status);
    const recorded = status === 200 ? 1 : 0;
    expect(await accountOf(service, 'http')).toEqual({ recorded, rejected, responses: recorded, timed: 0 });
  });

  it('counts half a million lines that are not candidates', async () => {
    const response = await post('0\n'.repeat(LIMIT / 2), { 'Content-Type': 'application/x-ndjson' });
    expect(response.status).toBe(422);
    expect((await accountOf(service, 'http')).rejected).toEqual({ not_an_object: LIMIT / 2 });
  });
});
