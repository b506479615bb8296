import { Acknowledgements } from './acknowledgements.js';

const STREAM = { created: '2026-11-25T10:00:00Z' };

function delivered(streamSequence: number, deliveryCount = 1) {
  const info = { streamSequence, timestampNanos: streamSequence, deliveryCount };
  return { info, reply: `reply.${streamSequence}`, ack: jest.fn(), term: jest.fn(), nak: jest.fn() };
}

/** The messages that are acknowledged again with a new connection. */
function repeated(acknowledgements: Acknowledgements, stream = STREAM): string[] {
  const publish = jest.fn<void, [subject: string]>();
  acknowledgements.repeat({ publish }, stream);
  return publish.mock.calls.map(([subject]) => subject);
}

describe('Acknowledgements', () => {
  it('acknowledge recorded messages, and terminate refused ones', () => {
    const acknowledgements = new Acknowledgements();
    const [recorded, refused] = [delivered(1), delivered(2)];
    acknowledgements.acknowledge(recorded, 'recorded');
    acknowledgements.acknowledge(refused, 'refused');
    expect([recorded.ack.mock.calls.length, recorded.term.mock.calls.length]).toEqual([1, 0]);
    expect([refused.ack.mock.calls.length, refused.term.mock.calls.length]).toEqual([0, 1]);
  });

  it('let kept messages be redelivered after 2 s, then at growing intervals of up to 10 minutes', () => {
    const acknowledgements = new Acknowledgements();
    const delays = [1, 2, 3, 9, 10, 5_000].map((deliveryCount) => {
      const kept = delivered(1, deliveryCount);
      acknowledgements.acknowledge(kept, 'kept');
      expect([kept.ack.mock.calls, kept.term.mock.calls]).toEqual([[], []]);
      expect(acknowledgements.isKnown(kept)).toBe(false);
      return Number(kept.nak.mock.lastCall);
    });
    expect(delays).toEqual([2_000, 4_000, 8_000, 512_000, 600_000, 600_000]);
  });

  it('remember the last 4,096, and repeat them over the next connection', () => {
    const acknowledgements = new Acknowledgements();
    expect(repeated(acknowledgements)).toEqual([]);
    for (let n = 1; n <= 4_097; n++) acknowledgements.acknowledge(delivered(n), 'recorded');
    expect(acknowledgements.isKnown(delivered(1))).toBe(false);
    expect(acknowledgements.isKnown(delivered(2))).toBe(true);
    expect(repeated(acknowledgements)).toEqual(Array.from({ length: 4_096 }, (_, i) => `reply.${i + 2}`));
  });

  it('are forgotten when their stream is recreated', () => {
    const acknowledgements = new Acknowledgements();
    expect(repeated(acknowledgements)).toEqual([]);
    acknowledgements.acknowledge(delivered(1), 'recorded');
    expect(repeated(acknowledgements, { created: '2026-11-25T11:00:00Z' })).toEqual([]);
    expect(acknowledgements.isKnown(delivered(1))).toBe(false);
  });
});
