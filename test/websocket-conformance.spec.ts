// What the service itself makes of the frames that ws hands over, and of those that ws refuses: RFC 6455. The parser is ws's
// own, which its makers test with Autobahn.
import { accountOf } from './accounting.js';
import {
  BINARY,
  close,
  CLOSE,
  CONTINUATION,
  frame,
  type FrameOptions,
  PING,
  PONG,
  RawWebSocket,
  TEXT,
} from './raw-websocket.js';
import { sample, type Service, startService } from './service.js';

const LIMIT = 1_048_576;
const MESSAGE = '{"event":"observations","data":{"env":"testing","statuscode":200}}';
const RECORDED = 'recorded 1';
const EMPTY = 'rejected Unexpected end of JSON input';
const NO_BINARY = 'rejected a binary message is not understood';
const BYE = close(1000);
const MORE: FrameOptions = { final: false };

const message = (length: number): string => MESSAGE.padEnd(length);
const text = (payload: Buffer | string = MESSAGE, options?: FrameOptions): Buffer =>
  frame(TEXT, payload, options);
const rest = (payload: string, options?: FrameOptions): Buffer => frame(CONTINUATION, payload, options);
const [first, second] = [MESSAGE.slice(0, 30), MESSAGE.slice(30)];

/** A message in fragments of a size. */
function fragments(payload: Buffer | string, size: number): Buffer {
  const bytes = Buffer.from(payload);
  const frames = [];
  for (let start = 0; start < bytes.length; start += size) {
    const final = start + size >= bytes.length;
    frames.push(frame(start === 0 ? TEXT : CONTINUATION, bytes.subarray(start, start + size), { final }));
  }
  return Buffer.concat(frames);
}

/** A message that is answered by a sentence in which some bytes stand. */
const quoting = (bytes: Buffer | string): Buffer =>
  Buffer.concat(['{"event":"observations","data":{"env":"', bytes, '"}}'].map((part) => Buffer.from(part)));

/** The answers to what is sent, in pieces of some bytes, if not as a whole. */
type Case = [name: string, sent: Buffer[], answers: string[], pieces?: number];

describe('frames over /ws/{id}', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  /** The answers to what is sent, in pieces of some bytes, if not as a whole. */
  async function answersTo(sent: readonly Buffer[], pieces?: number): Promise<string[]> {
    const socket = await RawWebSocket.open(service.port);
    await socket.send(Buffer.concat(sent), pieces);
    return socket.ended;
  }

  it.each<Case>([
    ['an empty text', [text('')], [EMPTY]],
    ['an empty binary message', [frame(BINARY)], [NO_BINARY]],
    ['a text of the limit', [text(message(LIMIT))], [RECORDED]],
    ['a text of the limit, in pieces of 997', [text(message(LIMIT))], [RECORDED], 997],
    ['the limit in fragments', [fragments(message(LIMIT), LIMIT / 256)], [RECORDED]],
    ['as many fragments as are allowed, of one byte', [fragments(message(256), 1)], [RECORDED]],
    ['an empty ping', [frame(PING)], ['pong']],
    ['a ping of bytes', [frame(PING, Buffer.of(0, 0xff, 0xfe))], ['pong \0ÿþ']],
    ['the longest ping', [frame(PING, 'x'.repeat(125))], [`pong ${'x'.repeat(125)}`]],
    ['a pong that nobody asked for', [frame(PONG, 'a')], []],
    ['a ping within a text', [text(first, MORE), frame(PING, 'a'), rest(second)], ['pong a', RECORDED]],
    [
      'texts and pings, each in its turn',
      [text(), frame(PING, 'a'), text(''), frame(PING), text()],
      [RECORDED, 'pong a', EMPTY, 'pong', RECORDED],
    ],
    [
      'the same, byte by byte',
      [text(), frame(PING, 'a'), text(''), frame(PING), text()],
      [RECORDED, 'pong a', EMPTY, 'pong', RECORDED],
      1,
    ],
    [
      '1,000 texts, more than are answered at once',
      Array(1000).fill(text(message(1000))),
      Array(1000).fill(RECORDED),
    ],
    [
      'characters of one to four bytes',
      [text(quoting('aµκ\uffff🚀'))],
      ['rejected env "aµκ\uffff🚀" is not one of testing, production'],
    ],
    [
      'the same in fragments of one byte',
      [fragments(quoting('aµκ\uffff🚀'), 1)],
      ['rejected env "aµκ\uffff🚀" is not one of testing, production'],
    ],
  ])('are answered until the client closes: %s', async (...[, sent, answers, pieces]: Case) => {
    expect(await answersTo([...sent, BYE], pieces)).toEqual([...answers, 'close 1000']);
  });

  it.each<[name: string, sent: Buffer[], answers: string[]]>([
    ['a second close', [BYE], ['close 1000']],
    ['a ping', [BYE, frame(PING, 'a')], ['close 1000']],
    ['a text', [text(), BYE, text()], [RECORDED, 'close 1000']],
    ['the rest of a text', [text(first, MORE), BYE, rest(second)], ['close 1000']],
    ['no code', [frame(CLOSE), text()], ['close']],
  ])('are not answered behind a close: %s', async (_name, sent, answers) => {
    expect(await answersTo(sent)).toEqual(answers);
  });

  it.each<[name: string, sent: Buffer, code: number, reason: string, refusal: string]>([
    ['a text over the limit', text(message(LIMIT + 1)), 1009, 'too_large', 'message_too_large'],
    [
      'more than the limit in fragments',
      fragments(message(LIMIT + 1), 65_536),
      1009,
      'too_large',
      'message_too_large',
    ],
    ['binary over the limit', frame(BINARY, Buffer.alloc(LIMIT + 1)), 1009, 'too_large', 'message_too_large'],
    [
      'a length over 2^63',
      Buffer.of(0x81, 0xff, ...Array<number>(8).fill(0xff)),
      1009,
      'too_large',
      'message_too_large',
    ],
    ['one fragment too many', fragments(message(257), 1), 1008, 'too_large', 'message_too_large'],
    [
      'a text that is not UTF-8',
      text(quoting(Buffer.of(0xc0, 0xaf))),
      1007,
      'protocol_error',
      'protocol_error',
    ],
    [
      'the same in fragments',
      fragments(quoting(Buffer.of(0xed, 0xa0, 0x80)), 1),
      1007,
      'protocol_error',
      'protocol_error',
    ],
    [
      'a frame that is not masked',
      text(MESSAGE, { masked: false }),
      1002,
      'protocol_error',
      'protocol_error',
    ],
    ['a reserved bit', text(MESSAGE, { reserved: 4 }), 1002, 'protocol_error', 'protocol_error'],
    ['an opcode that means nothing', frame(3, 'a'), 1002, 'protocol_error', 'protocol_error'],
    ['a close with a code that may not be sent', close(1005), 1002, 'protocol_error', 'protocol_error'],
  ])(
    'end the connection, and count once, behind the answers before: %s',
    async (_name, sent, code, reason, refusal) => {
      const refused = (): Promise<number | undefined> =>
        sample(service, `service_collector_refused_total{reason="${refusal}"}`);
      const [before, count] = [await accountOf(service, 'websocket'), (await refused()) ?? NaN];
      expect(await answersTo([text(), sent, text()])).toEqual([RECORDED, `close ${code}`]);
      expect(await accountOf(service, 'websocket')).toMatchObject({
        recorded: before.recorded + 1,
        rejected: { ...before.rejected, [reason]: (before.rejected[reason] ?? 0) + 1 },
      });
      expect(await refused()).toBe(count + 1);
    },
  );

  it('are answered also if the client ends without a close', async () => {
    const socket = await RawWebSocket.open(service.port);
    await socket.send(text());
    socket.end();
    expect(await socket.ended).toEqual([RECORDED]);
  });
});
