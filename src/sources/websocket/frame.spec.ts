import { frame, PONG, TEXT } from './frame.js';

// The heads are those of RFC 6455, 5.2, and the examples of 5.7.
describe('frame', () => {
  it.each([
    [0, '8100'],
    [5, '8105'],
    [125, '817d'],
    [126, '817e007e'],
    [256, '817e0100'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ])('puts a head in front of %d bytes of text', (length, head) => {
    const payload = Buffer.alloc(length, 'x');
    const framed = frame(TEXT, payload);
    expect(framed.subarray(0, -length || undefined).toString('hex')).toBe(head);
    expect(framed.subarray(head.length / 2)).toEqual(payload);
  });

  it('frames the answer to a ping', () => {
    expect(frame(PONG, Buffer.from('Hello')).toString('hex')).toBe(
      `8a05${Buffer.from('Hello').toString('hex')}`,
    );
  });
});
