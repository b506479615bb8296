// Bytes behind an upgrade: frames, most of them spoiled.
import { BINARY, close, CLOSE, CONTINUATION, frame, PING, PONG, TEXT } from '../raw-websocket.js';
import { messageText } from './messages.js';
import { mutate } from './mutate.js';
import type { Random } from './random.js';

const PIECES = [
  ...Array.from('\x81\x01\x80\0\x82\x88\x89\x8a\x83\x8b\xc1\xa1\x91\xff\x7f\xfe'),
  '\x81\x80\0\0\0\0',
  '\x89\x80\0\0\0\0',
  '\x88\x82\0\0\0\0\x03\xe8',
  '\x81\xff\0\0\0\0\0\0\0\x01\0\0\0\0a',
];

/** Some frames, as a client might send them, or nearly. */
export function frames(random: Random): Buffer {
  const several = Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => oneFrame(random)));
  return random.chance(0.7) ? mutate(random, several, PIECES) : several;
}

function oneFrame(random: Random): Buffer {
  const final = random.chance(0.9);
  switch (random.below(8)) {
    case 0:
      return frame(random.one([PING, PONG, CLOSE]), random.bytes(random.below(10)), { final });
    case 1:
      return close(
        random.one([999, 1000, 1001, 1005, 3000, 5000]),
        random.one(['', 'bye', '\ud800', 'x'.repeat(124)]),
      );
    case 2:
      return frame(random.below(16), random.bytes(random.below(200)), { reserved: random.one([0, 0, 1]) });
    case 3:
      return frame(random.one([BINARY, CONTINUATION]), random.bytes(random.below(200)), { final });
    case 4:
      return frame(TEXT, random.bytes(random.below(8)), { final, masked: random.chance(0.8) });
    default:
      return frame(TEXT, messageText(random), { final, lengthBits: random.one([16, 64]) });
  }
}
