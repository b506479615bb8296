import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readBody } from './read-body.js';

describe('a body', () => {
  it.each([
    [['{"env":"testing"}']],
    [['{', '"env":', '"testing"', '}']],
    [['{"env":"testing"', '}', ' ', ' ']],
  ])('is the sum of its pieces %j', async (pieces) => {
    const message = new IncomingMessage(new Socket());
    const body = readBody(message, 1_000);
    for (const piece of [...pieces, null]) message.push(piece);
    expect((await body).toString()).toBe(pieces.join(''));
  });

  it('takes no memory beside its bytes for each piece', async () => {
    const pieces = 200_000;
    const message = new IncomingMessage(new Socket());
    const body = readBody(message, pieces);
    const before = heapBytes();
    for (let i = 0; i < pieces; i++) {
      message.push(' ');
      if (i % 1_000 === 0) await setImmediate();
    }
    await setImmediate();
    expect((heapBytes() - before) / pieces).toBeLessThan(10);
    message.push(null);
    expect(await body).toHaveLength(pieces);
  });
});

/** What the heap holds that is still in use. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}
