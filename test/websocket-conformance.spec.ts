// The cases of the Autobahn test suite for servers, by its numbers, written after RFC 6455. What applies to compression (12,
// 13) is left out, as no extension is accepted. Where the suite expects an echo, a message of observations is sent, which is
// answered by what was recorded of it; of a text, by a sentence that repeats it.
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
import { type Service, startService } from './service.js';

const LIMIT = 1_048_576;
const MESSAGE = '{"event":"observations","data":{"env":"testing","statuscode":200}}';
const RECORDED = 'recorded 1';
const NO_BINARY = 'rejected a binary message is not understood';
const BYE = close(1000);
const MORE: FrameOptions = { final: false };

const message = (length = MESSAGE.length): string => MESSAGE.padEnd(length);
const text = (payload: Buffer | string = MESSAGE, options?: FrameOptions): Buffer =>
  frame(TEXT, payload, options);
const rest = (payload: Buffer | string, options?: FrameOptions): Buffer =>
  frame(CONTINUATION, payload, options);

/** A message in fragments of a size. */
function fragments(payload: Buffer | string, size: number, opcode = TEXT): Buffer {
  const bytes = Buffer.from(payload);
  const frames = [];
  for (let start = 0; start < bytes.length; start += size) {
    const final = start + size >= bytes.length;
    frames.push(frame(start === 0 ? opcode : CONTINUATION, bytes.subarray(start, start + size), { final }));
  }
  return Buffer.concat(frames);
}

/** A message that is answered by a sentence in which the text stands. */
function quoting(bytes: Buffer): Buffer {
  const [before = '', after = ''] = '{"event":"observations","data":{"env":"|"}}'.split('|');
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
}

/** The answers to what is sent, in pieces of some bytes, if not as a whole. */
type Case = [name: string, sent: Buffer[], answers: string[], pieces?: number | undefined];

describe('a WebSocket, by the cases of Autobahn,', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  async function answersTo(sent: readonly Buffer[], pieces?: number): Promise<string[]> {
    const socket = await RawWebSocket.open(service.port);
    await socket.send(Buffer.concat(sent), pieces);
    return socket.ended;
  }

  const framing: Case[] = [
    ['1.1.1 an empty text', [text(''), BYE], ['rejected Unexpected end of JSON input', 'close 1000']],
    ...[125, 126, 127, 128, 65_535, 65_536].map((length, i): Case => [
      `1.1.${i + 2} a text of ${length}`,
      [text(message(length)), BYE],
      [RECORDED, 'close 1000'],
    ]),
    ['1.1.8 a text of 65536 in pieces', [text(message(65_536)), BYE], [RECORDED, 'close 1000'], 997],
    ...[0, 125, 126, 127, 128, 65_535, 65_536].map((length, i): Case => [
      `1.2.${i + 1} a binary message of ${length}`,
      [frame(BINARY, Buffer.alloc(length, 0xfe)), BYE],
      [NO_BINARY, 'close 1000'],
    ]),
    [
      '1.2.8 a binary message in pieces',
      [frame(BINARY, Buffer.alloc(65_536, 0xfe)), BYE],
      [NO_BINARY, 'close 1000'],
      997,
    ],
    ['5.1 of the RFC: a frame that is not masked', [text(MESSAGE, { masked: false })], ['close 1002']],
    [
      '5.2 of the RFC: a longer length than needed, which is put up with',
      [text(MESSAGE, { lengthBits: 16 }), text(MESSAGE, { lengthBits: 64 }), BYE],
      [RECORDED, RECORDED, 'close 1000'],
    ],
    ['5.2 of the RFC: a length over 2^63', [Buffer.of(0x81, 0xff, ...Array(8).fill(0xff))], ['close 1009']],
  ];

  const tenPings = Array.from({ length: 10 }, (_, n) => frame(PING, `payload-${n}`));
  const tenPongs = Array.from({ length: 10 }, (_, n) => `pong payload-${n}`);
  const pings: Case[] = [
    ['2.1 an empty ping', [frame(PING), BYE], ['pong', 'close 1000']],
    ['2.2 a ping with a text', [frame(PING, 'Hello'), BYE], ['pong Hello', 'close 1000']],
    [
      '2.3 a ping with bytes',
      [frame(PING, Buffer.of(0, 0xff, 0xfe, 0xfd)), BYE],
      ['pong \0ÿþý', 'close 1000'],
    ],
    ['2.4 a ping of 125', [frame(PING, 'x'.repeat(125)), BYE], [`pong ${'x'.repeat(125)}`, 'close 1000']],
    ['2.5 a ping of 126', [frame(PING, 'x'.repeat(126)), BYE], ['close 1002']],
    [
      '2.6 a ping of 125, byte by byte',
      [frame(PING, 'x'.repeat(125)), BYE],
      [`pong ${'x'.repeat(125)}`, 'close 1000'],
      1,
    ],
    ['2.7 a pong that nobody asked for', [frame(PONG), BYE], ['close 1000']],
    ['2.8 a pong with a text', [frame(PONG, 'Hello'), BYE], ['close 1000']],
    ['2.9 a pong, then a ping', [frame(PONG, 'a'), frame(PING, 'b'), BYE], ['pong b', 'close 1000']],
    ['2.10 ten pings', [...tenPings, BYE], [...tenPongs, 'close 1000']],
    ['2.11 ten pings, byte by byte', [...tenPings, BYE], [...tenPongs, 'close 1000'], 1],
  ];

  const reserved: Case[] = [
    ['3.1 bit 1', [text(MESSAGE, { reserved: 1 })], ['close 1002']],
    [
      '3.2 bit 2 after a text',
      [text(), text(MESSAGE, { reserved: 2 }), frame(PING)],
      [RECORDED, 'close 1002'],
    ],
    [
      '3.3 bits 3, in pieces',
      [text(), text(MESSAGE, { reserved: 3 }), frame(PING)],
      [RECORDED, 'close 1002'],
      50,
    ],
    [
      '3.4 bit 4, byte by byte',
      [text(), text(MESSAGE, { reserved: 4 }), frame(PING)],
      [RECORDED, 'close 1002'],
      1,
    ],
    ['3.5 bits 5 of a binary frame', [frame(BINARY, 'a', { reserved: 5 })], ['close 1002']],
    ['3.6 bits 6 of a ping', [frame(PING, 'a', { reserved: 6 })], ['close 1002']],
    ['3.7 bits 7 of a close', [frame(CLOSE, '', { reserved: 7 })], ['close 1002']],
  ];

  const opcodes: Case[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [
    `4.${opcode < 8 ? 1 : 2} opcode ${opcode} after a text`,
    [text(), frame(opcode, 'a'), frame(PING)],
    [RECORDED, 'close 1002'],
  ]);

  const [first, second] = [MESSAGE.slice(0, 30), MESSAGE.slice(30)];
  const inTwo = [text(first, MORE), rest(second)];
  const fragmentation: Case[] = [
    ['5.1 a ping in two', [frame(PING, 'a', MORE), rest('b')], ['close 1002']],
    ['5.2 a pong in two', [frame(PONG, 'a', MORE), rest('b')], ['close 1002']],
    ['5.3 a text in two', [...inTwo, BYE], [RECORDED, 'close 1000']],
    ['5.4 a text in two, in pieces', [...inTwo, BYE], [RECORDED, 'close 1000'], 40],
    ['5.5 a text in two, byte by byte', [...inTwo, BYE], [RECORDED, 'close 1000'], 1],
    ...[undefined, 40, 1].map((pieces, i): Case => [
      `5.${6 + i} a ping within a text`,
      [text(first, MORE), frame(PING, 'a'), rest(second), BYE],
      ['pong a', RECORDED, 'close 1000'],
      pieces,
    ]),
    ...[true, false].flatMap((final, i) =>
      [undefined, 40, 1].map((pieces, j): Case => [
        `5.${9 + 3 * i + j} the continuation of nothing, ${final ? 'final' : 'not final'}`,
        [rest('a', { final }), text()],
        ['close 1002'],
        pieces,
      ]),
    ),
    [
      '5.15 a text in two, then the continuation of nothing',
      [...inTwo, rest('a', MORE), text()],
      [RECORDED, 'close 1002'],
    ],
    [
      '5.16 the continuation of nothing, not final, before a text in two',
      [rest('a', MORE), ...inTwo],
      ['close 1002'],
    ],
    ['5.17 the continuation of nothing, final, before a text in two', [rest('a'), ...inTwo], ['close 1002']],
    ['5.18 a text within a text', [text(first, MORE), text(second)], ['close 1002']],
    ...[undefined, 1].map((pieces, i): Case => [
      `5.${19 + i} a text in five, pings within`,
      [
        text(first, MORE),
        rest('', MORE),
        frame(PING, 'a'),
        rest(second, MORE),
        rest('', MORE),
        frame(PING, 'b'),
        rest(''),
        BYE,
      ],
      ['pong a', 'pong b', RECORDED, 'close 1000'],
      pieces,
    ]),
    ['5.x as many fragments as are allowed', [fragments(message(256), 1), BYE], [RECORDED, 'close 1000']],
    ['5.x one more', [fragments(message(257), 1), BYE], ['close 1008']],
  ];

  describe.each([
    ['framing', framing],
    ['pings and pongs', pings],
    ['reserved bits', reserved],
    ['opcodes', opcodes],
    ['fragmentation', fragmentation],
  ])('%s:', (_category, cases) => {
    it.each(cases)('%s', async (...[, sent, answers, pieces]: Case) => {
      expect(await answersTo(sent, pieces)).toEqual(answers);
    });
  });

  describe('UTF-8:', () => {
    it.each<Case>([
      [
        '6.1.2 three empty fragments',
        [text('', MORE), rest('', MORE), rest(''), BYE],
        ['rejected Unexpected end of JSON input', 'close 1000'],
      ],
      [
        '6.1.3 one of three that holds something',
        [text('', MORE), rest(MESSAGE, MORE), rest(''), BYE],
        [RECORDED, 'close 1000'],
      ],
    ])('%s', async (_name, sent, answers) => {
      expect(await answersTo(sent)).toEqual(answers);
    });

    it.each([
      ['6.2 a text', 'Hello-µ@ßöäüàá-UTF-8!!'],
      ['6.2.4 a Greek word', 'κόσμε'],
      ['6.5 a text beyond the basic plane', '𐍈🚀'],
      ['6.7.2 the first of two bytes', '\u0080'],
      ['6.7.3 the first of three bytes', '\u0800'],
      ['6.7.4 the first of four bytes', '\u{10000}'],
      ['6.9.1 the last of one byte', '\u007f'],
      ['6.9.2 the last of two bytes', '\u07ff'],
      ['6.9.3 the last of three bytes', '\uffff'],
      ['6.9.4 the last of four bytes', '\u{10ffff}'],
      ['6.11.1 the last before the surrogates', '\ud7ff'],
      ['6.11.2 the first after the surrogates', '\ue000'],
      ['6.11.3 the replacement character', '\ufffd'],
      ['6.22 what is no character', '\ufffe\uffff\u{1fffe}\u{10fffe}'],
    ])('%s is taken, whole and in fragments of one byte', async (_name, characters) => {
      const payload = quoting(Buffer.from(characters));
      const answer = `rejected env "${characters}" is not one of testing, production`;
      expect(await answersTo([text(payload), fragments(payload, 1), BYE])).toEqual([
        answer,
        answer,
        'close 1000',
      ]);
    });

    it.each([
      ['6.3 a surrogate within a Greek word', 'cebae1bdb9cf83cebcceb5eda080656469746564'],
      ['6.4 a code point that does not exist, within a text', 'cebae1bdb9cf83cebcceb5f4908080656469746564'],
      ['6.6 a character cut off after one byte', 'ce'],
      ['6.6 a character cut off after two bytes', 'cebae1bd'],
      ['6.8.1 the first of five bytes', 'f888808080'],
      ['6.8.2 the first of six bytes', 'fc8480808080'],
      ['6.10.1 the last of four bytes', 'f7bfbfbf'],
      ['6.10.2 the last of five bytes', 'fbbfbfbfbf'],
      ['6.10.3 the last of six bytes', 'fdbfbfbfbfbf'],
      ['6.11.5 the first after the last code point', 'f4908080'],
      ['6.12.1 the first continuation byte', '80'],
      ['6.12.2 the last continuation byte', 'bf'],
      [
        '6.12.8 all continuation bytes',
        Buffer.from(Array.from({ length: 64 }, (_, i) => 0x80 + i)).toString('hex'),
      ],
      ['6.13.1 first bytes of two, and blanks', 'c020c120c220df20'],
      ['6.13.2 first bytes of three, and blanks', 'e020e120ef20'],
      ['6.13.3 first bytes of four, and blanks', 'f020f120f720'],
      ['6.14.1 two bytes without the last', 'c0'],
      ['6.14.2 three bytes without the last', 'e080'],
      ['6.14.3 four bytes without the last', 'f08080'],
      ['6.14.6 three bytes without the last, the highest', 'efbf'],
      ['6.15 all of these', 'c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf'],
      ['6.16.1 byte FE', 'fe'],
      ['6.16.2 byte FF', 'ff'],
      ['6.17.1 a slash in two bytes', 'c0af'],
      ['6.17.2 a slash in three bytes', 'e080af'],
      ['6.17.3 a slash in four bytes', 'f08080af'],
      ['6.17.4 a slash in five bytes', 'f8808080af'],
      ['6.17.5 a slash in six bytes', 'fc80808080af'],
      ['6.18.1 the highest overlong of two bytes', 'c1bf'],
      ['6.18.2 the highest overlong of three bytes', 'e09fbf'],
      ['6.18.3 the highest overlong of four bytes', 'f08fbfbf'],
      ['6.19.1 NUL in two bytes', 'c080'],
      ['6.19.2 NUL in three bytes', 'e08080'],
      ['6.20.1 the first high surrogate', 'eda080'],
      ['6.20.4 the last high surrogate', 'edafbf'],
      ['6.20.5 the first low surrogate', 'edb080'],
      ['6.20.7 the last low surrogate', 'edbfbf'],
      ['6.21.1 a pair of surrogates', 'eda080edb080'],
      ['6.21.8 the last pair of surrogates', 'edafbfedbfbf'],
    ])('%s closes with 1007, whole and in fragments of one byte', async (_name, hex) => {
      const payload = quoting(Buffer.from(hex, 'hex'));
      expect(await answersTo([text(payload), text()])).toEqual(['close 1007']);
      expect(await answersTo([fragments(payload, 1), text()])).toEqual(['close 1007']);
    });
  });

  const goodbyes: Case[] = [
    ['7.1.1 a text, then a close', [text(), BYE], [RECORDED, 'close 1000']],
    ['7.1.2 two closes', [BYE, BYE], ['close 1000']],
    ['7.1.3 a ping behind a close', [BYE, frame(PING, 'a')], ['close 1000']],
    ['7.1.4 a text behind a close', [BYE, text()], ['close 1000']],
    ['7.1.5 a close within a text', [text(first, MORE), BYE, rest(second)], ['close 1000']],
    [
      '7.1.6 a long text, a text, a close and a ping',
      [text(message(262_144)), text(), BYE, frame(PING)],
      [RECORDED, RECORDED, 'close 1000'],
    ],
    ['7.3.1 no code', [frame(CLOSE)], ['close']],
    ['7.3.2 one byte', [frame(CLOSE, 'a')], ['close 1002']],
    ['7.3.3 a code', [close(1000)], ['close 1000']],
    ['7.3.4 a code and a reason', [close(1000, 'Hello World!')], ['close 1000']],
    ['7.3.5 the longest reason', [close(1000, 'x'.repeat(123))], ['close 1000']],
    ['7.3.6 a longer one', [close(1000, 'x'.repeat(124))], ['close 1002']],
    [
      '7.5.1 a reason that is not UTF-8',
      [close(1000, Buffer.from('ceba80', 'hex').subarray(1))],
      ['close 1007'],
    ],
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code): Case => [
      `7.7 code ${code}`,
      [close(code)],
      [`close ${code}`],
    ]),
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code): Case => [
      `7.9 code ${code}, which may not be sent`,
      [close(code)],
      ['close 1002'],
    ]),
  ];

  const limits: Case[] = [
    ...[65_536, 262_144, LIMIT].map((length, i): Case => [
      `9.1.${i + 1} a text of ${length}`,
      [text(message(length)), BYE],
      [RECORDED, 'close 1000'],
    ]),
    ['9.1.4 a text of more than the limit', [text(message(LIMIT + 1))], ['close 1009']],
    ['9.2.3 binary of the limit', [frame(BINARY, Buffer.alloc(LIMIT)), BYE], [NO_BINARY, 'close 1000']],
    ['9.2.4 binary of more than the limit', [frame(BINARY, Buffer.alloc(LIMIT + 1))], ['close 1009']],
    ...[4096, 16_384, 65_536, 262_144, LIMIT].map((size, i): Case => [
      `9.3.${i + 1} the limit in fragments of ${size}`,
      [fragments(message(LIMIT), size), BYE],
      [RECORDED, 'close 1000'],
    ]),
    ['9.3 more than the limit in fragments', [fragments(message(LIMIT + 1), 65_536)], ['close 1009']],
    ['9.3 the limit in more fragments than are allowed', [fragments(message(LIMIT), 1024)], ['close 1008']],
    ...[256, 1024, 2048].map((pieces, i): Case => [
      `9.5.${i + 1} the limit in pieces of ${pieces}`,
      [text(message(LIMIT)), BYE],
      [RECORDED, 'close 1000'],
      pieces,
    ]),
    ...[64, 256, 1024, 4096].map((length, i): Case => [
      `9.7.${i + 1} 1000 texts of ${length + 64}`,
      [...Array.from({ length: 1000 }, () => text(message(length + 64))), BYE],
      [...Array.from({ length: 1000 }, () => RECORDED), 'close 1000'],
    ]),
    ['10.1.1 65536 in fragments of 1300', [fragments(message(65_536), 1300), BYE], [RECORDED, 'close 1000']],
  ];

  describe.each([
    ['closing', goodbyes],
    ['limits', limits],
  ])('%s:', (_category, cases) => {
    it.each(cases)('%s', async (...[, sent, answers, pieces]: Case) => {
      expect(await answersTo(sent, pieces)).toEqual(answers);
    });
  });

  it('a connection that ends without a close is let go', async () => {
    const socket = await RawWebSocket.open(service.port);
    await socket.send(text());
    socket.end();
    expect(await socket.ended).toEqual([RECORDED]);
  });
});
