// Requests about whose end or target a proxy in front might think otherwise: RFC 9112, 11.2. Each is followed by another
// request on the same connection, which must not be taken for a part of it, nor the other way round.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { accountOf, sum } from './accounting.js';
import { sample, type Service, startService } from './service.js';

const VALID = '{"env":"testing","statuscode":200}';
const LENGTH = VALID.length;
const CHUNK = `${LENGTH.toString(16)}\r\n${VALID}\r\n`;
const LAST = 'GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
/** What would be counted if it were taken for a request. */
const HIDDEN = 'GET /some HTTP/1.1\r\nHost: a\r\n\r\n';

const post = (lines: string, body: string): string =>
  `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;
const get = (line: string, lines = 'Host: a\r\n'): string => `${line}\r\n${lines}\r\n`;

describe('a request that is meant to be misunderstood', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.close());

  /** The answers on a connection on which bytes and a last request are sent, without those of 100 Continue. */
  async function answersTo(bytes: string): Promise<string[]> {
    const socket = connect(service.port, '127.0.0.1');
    socket.write(Buffer.from(bytes + LAST, 'latin1'));
    const answers = (await text(socket)).split(/(?=HTTP\/1\.1 \d)/);
    return answers.filter((answer) => answer !== '' && !answer.startsWith('HTTP/1.1 100 '));
  }

  const statusesOf = (answers: string[]): number[] => answers.map((answer) => Number(answer.slice(9, 12)));

  it.each([
    ['two lengths that differ', post(`Content-Length: ${LENGTH}\r\nContent-Length: 0\r\n`, VALID)],
    [
      'two lengths that are the same',
      post(`Content-Length: ${LENGTH}\r\nContent-Length: ${LENGTH}\r\n`, VALID),
    ],
    ['a list of lengths', post(`Content-Length: ${LENGTH}, ${LENGTH}\r\n`, VALID)],
    ['a length with a sign', post(`Content-Length: +${LENGTH}\r\n`, VALID)],
    ['a negative length', post('Content-Length: -1\r\n', VALID)],
    ['a length in hexadecimal', post('Content-Length: 0x22\r\n', VALID)],
    ['a length over 2^64', post('Content-Length: 99999999999999999999\r\n', VALID)],
    ['a blank before the colon', post(`Content-Length : ${LENGTH}\r\n`, VALID)],
    [
      'a length and chunks',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${HIDDEN}`),
    ],
    [
      'chunks and a length',
      post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${HIDDEN}`),
    ],
    [
      'chunks in chunks',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `${CHUNK}0\r\n\r\n`),
    ],
    [
      'chunks that are not the last encoding',
      post('Transfer-Encoding: chunked, identity\r\n', `${CHUNK}0\r\n\r\n`),
    ],
    [
      'an encoding after a control character',
      post('Transfer-Encoding: \x0bchunked\r\n', `${CHUNK}0\r\n\r\n`),
    ],
    ['a folded header', get('GET /some HTTP/1.1', 'Host: a\r\nX: b\r\n c\r\n')],
    ['a folded encoding', post('Transfer-Encoding:\r\n chunked\r\n', `${CHUNK}0\r\n\r\n`)],
    ['a folded length', post(`Content-Length:\r\n ${LENGTH}\r\n`, VALID)],
    ['a blank before the first header', get('GET /some HTTP/1.1', ' Host: a\r\n')],
    ['bare line feeds', 'GET /some HTTP/1.1\nHost: a\n\n'],
    ['a bare carriage return', get('GET /some HTTP/1.1', 'Host: a\r\nX: b\rY: c\r\n')],
    ['a NUL in a value', get('GET /some HTTP/1.1', 'Host: a\r\nX: a\0b\r\n')],
    ['a NUL in a name', get('GET /some HTTP/1.1', 'Host: a\r\nX\0: b\r\n')],
    ['a NUL in a path', get('GET /so\0me HTTP/1.1')],
    ['a version of HTTP that does not exist', get('GET /some HTTP/1.2')],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that does not exist', get('BREW /some HTTP/1.1')],
    ['a method in small letters', get('get /some HTTP/1.1')],
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('is refused with 400 and ends the connection: %s', async (_what, bytes) => {
    expect(statusesOf(await answersTo(bytes))).toEqual([400]);
    expect(await sample(service, 'incoming_requests')).toBe(0);
    expect(await accountOf(service, 'http')).toEqual({ recorded: 0, rejected: {}, responses: 0, timed: 0 });
  });

  it('is refused with 400 and counts as incomplete if its end cannot be known', async () => {
    const bytes = post('Transfer-Encoding: xchunked\r\n', `${CHUNK}0\r\n\r\n`);
    expect(statusesOf(await answersTo(bytes))).toEqual([400]);
    expect((await accountOf(service, 'http')).rejected).toEqual({ incomplete: 1 });
  });

  it.each([
    ['a size in chunks like 0x22', `0x22\r\n${VALID}\r\n0\r\n\r\n`],
    ['a negative size', `-1\r\n${VALID}\r\n0\r\n\r\n`],
    ['a size over 2^64', `fffffffffffffffff\r\n${VALID}\r\n0\r\n\r\n`],
    ['bare line feeds around chunks', `${LENGTH.toString(16)}\n${VALID}\n0\n\n`],
    ['a line feed in a chunk extension', `${LENGTH.toString(16)};a="\n"\r\n${VALID}\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `5\r\n${VALID}\r\n0\r\n\r\n`],
    ['a length behind the chunks', `${CHUNK}0\r\nContent-Length: 5\r\n\r\n`],
  ])('is refused with 400, ends the connection, and counts as incomplete: %s', async (_what, body) => {
    expect(statusesOf(await answersTo(post('Transfer-Encoding: chunked\r\n', body)))).toEqual([400]);
    expect(await accountOf(service, 'http')).toEqual({
      recorded: 0,
      rejected: { incomplete: 1 },
      responses: 0,
      timed: 0,
    });
  });

  it.each([
    ['chunks', 'Transfer-Encoding: chunked\r\n', `${CHUNK}0\r\n\r\n`],
    ['chunks in capitals', 'Transfer-Encoding: CHUNKED\r\n', `${CHUNK}0\r\n\r\n`],
    ['chunks after a tab', 'Transfer-Encoding:\tchunked\r\n', `${CHUNK}0\r\n\r\n`],
    [
      'chunk extensions',
      'Transfer-Encoding: chunked\r\n',
      `${LENGTH.toString(16)};a=b;c="d"\r\n${VALID}\r\n0\r\n\r\n`,
    ],
    ['chunks with a trailer', 'Transfer-Encoding: chunked\r\n', `${CHUNK}0\r\nX: y\r\n\r\n`],
    ['a body that is waited for', `Expect: 100-continue\r\nContent-Length: ${LENGTH}\r\n`, VALID],
    ['1,000 headers', `${'a: b\r\n'.repeat(1000)}Content-Length: ${LENGTH}\r\n`, VALID],
    [
      'another protocol on offer',
      `Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${LENGTH}\r\n`,
      VALID,
    ],
    [
      'another protocol on offer, and chunks',
      'Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n',
      `${CHUNK}0\r\n\r\n`,
    ],
  ])('is recorded once if it is valid after all: %s', async (_what, lines, body) => {
    const answers = await answersTo(post(lines, body));
    expect(statusesOf(answers)).toEqual([200, 200]);
    expect(answers[0]).toContain('{"recorded":1}');
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 1, rejected: {}, responses: 1 });
  });

  it.each([
    ['a target with its host', [200, 200], get('GET http://a/some HTTP/1.1')],
    ['a target without a path', [400, 200], get('GET http:// HTTP/1.1')],
    ['a target that is no URL', [400, 200], get('GET http://[/some HTTP/1.1')],
    [
      'a WebSocket in HTTP/1.0',
      [426],
      get('GET /ws/a HTTP/1.0', 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'),
    ],
    ['no Host', [400], get('GET /some HTTP/1.1', '')],
    ['a path in a path', [404, 200], get('GET /live/../some HTTP/1.1')],
    ['a path with another ending', [404, 200], get('GET /some;a=b HTTP/1.1')],
    ['two slashes', [404, 200], get('GET //some HTTP/1.1')],
    ['a path that is no UTF-8', [404, 200], get('GET /%ff HTTP/1.1')],
    ['a parameter that is no UTF-8', [400, 200], get('GET /live/%ff HTTP/1.1')],
    ['a path above the files of the page', [404, 200], get('GET /live/..%2fpackage.json HTTP/1.1')],
    ['OPTIONS of a route', [404, 200], get('OPTIONS /some HTTP/1.1')],
    ['OPTIONS of the server', [404, 200], get('OPTIONS * HTTP/1.1')],
    ['TRACE', [404, 200], get('TRACE /some HTTP/1.1', 'Host: a\r\nCookie: secret\r\n')],
    ['an expectation that nobody has', [417, 200], get('GET /some HTTP/1.1', 'Host: a\r\nExpect: cake\r\n')],
    ['a header over 16 KiB', [431], get('GET /some HTTP/1.1', `Host: a\r\nX: ${'x'.repeat(16_384)}\r\n`)],
    ['a path over 16 KiB', [431], get(`GET /${'x'.repeat(16_384)} HTTP/1.1`)],
    ['10,000 headers', [431], get('GET /some HTTP/1.1', `Host: a\r\n${'a: b\r\n'.repeat(10_000)}`)],
    ['empty lines in front', [200, 200], `\r\n\r\n${HIDDEN}`],
    [
      'a chunk extension over 16 KiB',
      [413],
      post('Transfer-Encoding: chunked\r\n', `1;${'x'.repeat(20_000)}\r\n1\r\n0\r\n\r\n`),
    ],
  ])('is answered as it is written: %s', async (_what, statuses, bytes) => {
    const answers = await answersTo(bytes);
    expect(statusesOf(answers)).toEqual(statuses);
    expect(answers.join()).not.toContain('secret');
  });

  it('has no body in the answer to HEAD, so that the next answer is found', async () => {
    const answers = await answersTo(get('HEAD /some HTTP/1.1') + get('HEAD /metrics HTTP/1.1'));
    expect(statusesOf(answers)).toEqual([200, 200, 200]);
    expect(answers.slice(0, 2).every((answer) => answer.endsWith('\r\n\r\n'))).toBe(true);
    expect(await sample(service, 'incoming_requests')).toBe(0);
  });

  it('does not spoil the answer to a request in front of it, whose body has come with it', async () => {
    const valid = post(`Content-Length: ${LENGTH}\r\n`, VALID);
    const answers = await answersTo(`${valid}${valid}rubbish\r\n\r\n`);
    expect(statusesOf(answers)).toEqual([200, 200, 400]);
    expect(await accountOf(service, 'http')).toMatchObject({ recorded: 2, rejected: {} });
  });

  it('leaves what is recorded and what is rejected the sum of what was received', async () => {
    const valid = post(`Content-Length: ${LENGTH}\r\n`, VALID);
    await answersTo(valid + post('Transfer-Encoding: chunked\r\n', `${CHUNK}x\r\n`));
    const { recorded, rejected } = await accountOf(service, 'http');
    expect(recorded + sum(rejected)).toBe(2);
  });
});
