import { Acknowledgements } from './acknowledgements.js';

const STREAM = { created: '2026-11-25T10:00:00Z' };

function delivered(streamSequence: number) {
  const info = { streamSequence, timestampNanos: streamSequence };
  return { info, reply: `reply.${streamSequence}`, ack: jest.fn(), term: jest.fn() };
}

/** The messages that are acknowledged again with a new connection. */
function repeated(acknowledgements: Acknowledgements, stream = STREAM): string[] {
  const publish = jest.fn<void, [subject: string]>();
  acknowledgements.repeat({ publish }, stream);
  return publish.mock.calls.map(([subject]) => subject);
}

describe('Acknowledgements', () => {
  it('have what is recorded taken as done, and what is refused not delivered to anybody again', () => {
    const acknowledgements = new Acknowledgements();
    const [recorded, refused] = [delivered(1), delivered(2)];
    acknowledgements.acknowledge(recorded, true);
    acknowledgements.acknowledge(refused, false);
    expect([recorded.ack.mock.calls.length, recorded.term.mock.calls.length]).toEqual([1, 0]);
    expect([refused.ack.mock.calls.length, refused.term.mock.calls.length]).toEqual([0, 1]);
  });

  it('remember the last 4,096, and repeat them with the next connection', () => {
    const acknowledgements = new Acknowledgements();
    expect(repeated(acknowledgements)).toEqual([]);
    for (let n = 1; n <= 4_097; n++) acknowledgements.acknowledge(delivered(n), true);
    expect(acknowledgements.isKnown(delivered(1))).toBe(false);
    expect(acknowledgements.isKnown(delivered(2))).toBe(true);
    expect(repeated(acknowledgements)).toEqual(Array.from({ length: 4_096 }, (_, i) => `reply.${i + 2}`));
  });

  it('are forgotten with the stream that they were for', () => {
    const acknowledgements = new Acknowledgements();
    expect(repeated(acknowledgements)).toEqual([]);
    acknowledgements.acknowledge(delivered(1), true);
    expect(repeated(acknowledgements, { created: '2026-11-25T11:00:00Z' })).toEqual([]);
    expect(acknowledgements.isKnown(delivered(1))).toBe(false);
  });
});
