// Requests about whose end or target a proxy in front might think otherwise: RFC 9112, 11.2. Each is followed by another
// request on the same connection, which must not be taken for a part of it, nor the other way round.
import { type Account, accountOf, sum } from './accounting.js';
import { answersTo, LAST } from './raw-http.js';
import { sample, type Service, startService } from './service.js';

const VALID = '{"env":"testing","statuscode":200}';
const LENGTH = VALID.length;
const CHUNK = `${LENGTH.toString(16)}\r\n${VALID}\r\n`;
/** What would be counted if it were taken for a request. */
const HIDDEN = 'GET /some HTTP/1.1\r\nHost: a\r\n\r\n';

const post = (lines: string, body: string): string =>
  `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;
const get = (line: string, lines = 'Host: a\r\n'): string => `${line}\r\n${lines}\r\n`;

describe('a request that is meant to be misunderstood', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  /** The answers to bytes and a last request on one connection, and what was counted meanwhile, hidden requests too. */
  async function outcomeOf(bytes: string) {
    const served = async (): Promise<number> => (await sample(service, 'incoming_requests')) ?? NaN;
    const [before, hidden] = [await accountOf(service, 'http'), await served()];
    const answers = await answersTo(service.port, bytes + LAST);
    const after = await accountOf(service, 'http');
    return {
      answers,
      statuses: answers.map((answer) => Number(answer.slice(9, 12))),
      recorded: after.recorded - before.recorded,
      incomplete: (after.rejected['incomplete'] ?? 0) - (before.rejected['incomplete'] ?? 0),
      received: received(after) - received(before),
      hidden: (await served()) - hidden,
    };
  }

  it.each([
    ['two lengths that differ', post(`Content-Length: ${LENGTH}\r\nContent-Length: 0\r\n`, VALID)],
    ['a length with a sign', post(`Content-Length: +${LENGTH}\r\n`, VALID)],
    ['a blank before the colon', post(`Content-Length : ${LENGTH}\r\n`, VALID)],
    [
      'a length and chunks',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${HIDDEN}`),
    ],
    [
      'chunks in chunks',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `${CHUNK}0\r\n\r\n`),
    ],
    [
      'chunks that are not the last encoding',
      post('Transfer-Encoding: chunked, identity\r\n', `${CHUNK}0\r\n\r\n`),
    ],
    ['a folded header', get('GET /some HTTP/1.1', 'Host: a\r\nX: b\r\n c\r\n')],
    ['a folded encoding', post('Transfer-Encoding:\r\n chunked\r\n', `${CHUNK}0\r\n\r\n`)],
    ['bare line feeds', 'GET /some HTTP/1.1\nHost: a\n\n'],
    ['a bare carriage return', get('GET /some HTTP/1.1', 'Host: a\r\nX: b\rY: c\r\n')],
    ['a NUL in a value', get('GET /some HTTP/1.1', 'Host: a\r\nX: a\0b\r\n')],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that does not exist', get('BREW /some HTTP/1.1')],
  ])('is refused with 400 and ends the connection: %s', async (_what, bytes) => {
    expect(await outcomeOf(bytes)).toMatchObject({ statuses: [400], received: 0, hidden: 0 });
  });

  it.each([
    ['an encoding that nobody knows', 'xchunked', `${CHUNK}0\r\n\r\n`],
    ['a size in chunks like 0x22', 'chunked', `0x22\r\n${VALID}\r\n0\r\n\r\n`],
    ['bare line feeds around chunks', 'chunked', `${LENGTH.toString(16)}\n${VALID}\n0\n\n`],
    ['a chunk that is longer than it says', 'chunked', `5\r\n${VALID}\r\n0\r\n\r\n`],
    ['a length behind the chunks', 'chunked', `${CHUNK}0\r\nContent-Length: 5\r\n\r\n`],
  ])(
    'is refused with 400, ends the connection, and counts as incomplete: %s',
    async (_what, encoding, body) => {
      const outcome = await outcomeOf(post(`Transfer-Encoding: ${encoding}\r\n`, body));
      expect(outcome).toMatchObject({ statuses: [400], incomplete: 1, received: 1 });
    },
  );

  it.each([
    ['chunks', 'Transfer-Encoding: chunked\r\n', `${CHUNK}0\r\n\r\n`],
    ['chunks in capitals', 'Transfer-Encoding: CHUNKED\r\n', `${CHUNK}0\r\n\r\n`],
    [
      'chunk extensions',
      'Transfer-Encoding: chunked\r\n',
      `${LENGTH.toString(16)};a=b;c="d"\r\n${VALID}\r\n0\r\n\r\n`,
    ],
    ['chunks with a trailer', 'Transfer-Encoding: chunked\r\n', `${CHUNK}0\r\nX: y\r\n\r\n`],
    ['a body that is waited for', `Expect: 100-continue\r\nContent-Length: ${LENGTH}\r\n`, VALID],
    ['1,000 headers', `${'a: b\r\n'.repeat(1000)}Content-Length: ${LENGTH}\r\n`, VALID],
  ])('is recorded once if it is valid: %s', async (_what, lines, body) => {
    const outcome = await outcomeOf(post(lines, body));
    expect(outcome).toMatchObject({ statuses: [200, 200], recorded: 1, received: 1 });
    expect(outcome.answers[0]).toContain('{"recorded":1}');
  });

  it('is recorded once if it offers another protocol, and may be the last on its connection', async () => {
    const offer = 'Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n';
    const outcome = await outcomeOf(post(offer, `${CHUNK}0\r\n\r\n`));
    // Since Node 26 the connection ends with such a request.
    const statuses = outcome.answers[0]?.includes('Connection: close') ? [200] : [200, 200];
    expect(outcome).toMatchObject({ statuses, recorded: 1, received: 1 });
    expect(outcome.answers[0]).toContain('{"recorded":1}');
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
    ['a path that is no UTF-8', [404, 200], get('GET /%ff HTTP/1.1')],
    ['a parameter that is no UTF-8', [400, 200], get('GET /live/%ff HTTP/1.1')],
    ['a path above the files of the page', [404, 200], get('GET /live/..%2fpackage.json HTTP/1.1')],
    ['OPTIONS of a route', [204, 200], get('OPTIONS /some HTTP/1.1')],
    ['OPTIONS of the server', [204, 200], get('OPTIONS * HTTP/1.1')],
    ['TRACE', [405, 200], get('TRACE /some HTTP/1.1', 'Host: a\r\nCookie: secret\r\n')],
    ['an expectation that nobody has', [417, 200], get('GET /some HTTP/1.1', 'Host: a\r\nExpect: cake\r\n')],
    ['10,000 headers', [431], get('GET /some HTTP/1.1', `Host: a\r\n${'a: b\r\n'.repeat(10_000)}`)],
    ['empty lines in front', [200, 200], `\r\n\r\n${HIDDEN}`],
    [
      'a chunk extension over 16 KiB',
      [413],
      post('Transfer-Encoding: chunked\r\n', `1;${'x'.repeat(20_000)}\r\n1\r\n0\r\n\r\n`),
    ],
  ])('is answered as it is written: %s', async (_what, statuses, bytes) => {
    const outcome = await outcomeOf(bytes);
    expect(outcome.statuses).toEqual(statuses);
    expect(outcome.answers.join()).not.toContain('secret');
  });

  it('has no body in the answer to HEAD, so that the next answer is found', async () => {
    const outcome = await outcomeOf(get('HEAD /some HTTP/1.1') + get('HEAD /metrics HTTP/1.1'));
    expect(outcome).toMatchObject({ statuses: [200, 200, 200], hidden: 0 });
    expect(outcome.answers.slice(0, 2).every((answer) => answer.endsWith('\r\n\r\n'))).toBe(true);
  });

  it('does not affect the answers to earlier requests whose bodies arrived with it', async () => {
    const valid = post(`Content-Length: ${LENGTH}\r\n`, VALID);
    const broken = post('Transfer-Encoding: chunked\r\n', `${CHUNK}x\r\n`);
    expect(await outcomeOf(`${valid}${valid}rubbish\r\n\r\n`)).toMatchObject({
      statuses: [200, 200, 400],
      recorded: 2,
      received: 2,
    });
    expect(await outcomeOf(valid + broken)).toMatchObject({
      statuses: [200, 400],
      recorded: 1,
      incomplete: 1,
      received: 2,
    });
  });
});

function received({ recorded, rejected }: Account): number {
  return recorded + sum(rejected);
}
