import { once } from 'node:events';
import fc from 'fast-check';
import type WebSocket from 'ws';
import { accountOf, candidate, sum } from './accounting.js';
import { connect, type Service, startService } from './service.js';

describe('observations over /ws/{id}', () => {
  let service: Service;
  let client: WebSocket;
  beforeEach(async () => {
    service = await startService();
    client = await connect(service, '/ws/a');
  });
  afterEach(() => service.close());

  async function send(message: unknown): Promise<{ event: string; data: Record<string, unknown> }> {
    client.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
    const [answer] = await once(client, 'message');
    return JSON.parse(String(answer));
  }

  it('are recorded, one or an array', async () => {
    const one = { env: 'production', statuscode: 503, seconds: 0.212 };
    expect(await send({ event: 'observations', data: one })).toEqual({
      event: 'recorded',
      data: { recorded: 1 },
    });
    expect(await send({ event: 'observations', data: [one, one] })).toEqual({
      event: 'recorded',
      data: { recorded: 2 },
    });
    expect(await accountOf(service, 'websocket')).toEqual({
      recorded: 3,
      rejected: {},
      responses: 3,
      timed: 3,
    });
  });

  it('are all refused if one is not valid', async () => {
    const data = [
      { env: 'testing', statuscode: 200 },
      { env: 'testing', statuscode: 600 },
    ];
    expect(await send({ event: 'observations', data })).toEqual({
      event: 'rejected',
      data: {
        problems: [
          { index: 1, field: 'statuscode', detail: 'statuscode 600 is not an integer from 100 to 599' },
        ],
      },
    });
    expect(await accountOf(service, 'websocket')).toMatchObject({
      recorded: 0,
      rejected: { invalid_statuscode: 1, batch_refused: 1 },
      responses: 0,
    });
  });

  it.each([
    ['no JSON', 'hello', { not_json: 1 }],
    ['another event', '{"event":"subscribe","data":[]}', { unknown_message: 1 }],
    ['no data', '{"event":"observations"}', { unknown_message: 1 }],
    ['an array', '[1,2]', { unknown_message: 1 }],
    ['null', 'null', { unknown_message: 1 }],
    ['binary', Buffer.from('{"event":"observations","data":[]}'), { unknown_message: 1 }],
  ])('are not found in a message of %s', async (_what, message, rejected) => {
    const answer = await send(message);
    expect(answer).toEqual({ event: 'rejected', data: { problems: [{ detail: expect.any(String) }] } });
    expect(await accountOf(service, 'websocket')).toMatchObject({ recorded: 0, rejected });
  });

  it('are counted without loss or invention, whatever is sent', async () => {
    const data = fc.array(candidate, { maxLength: 20 });
    let received = 0;
    let recorded = 0;
    await fc.assert(
      fc.asyncProperty(data, async (candidates) => {
        const answer = await send({ event: 'observations', data: candidates });
        received += candidates.length;
        recorded += answer.event === 'recorded' ? Number(answer.data['recorded']) : 0;
        const account = await accountOf(service, 'websocket');
        expect(account).toMatchObject({ recorded, responses: recorded });
        expect(account.recorded + sum(account.rejected)).toBe(received);
      }),
      { numRuns: 100 },
    );
  });

  it('are all answered, in order, before the connection that sent them at once and closed is closed', async () => {
    const answers: string[] = [];
    client.on('message', (answer: Buffer) => answers.push(answer.toString()));
    for (let count = 1; count <= 500; count++) {
      const data = Array.from({ length: count % 7 }, () => ({ env: 'testing', statuscode: 200 }));
      client.send(JSON.stringify({ event: 'observations', data }));
    }
    client.send('hello');
    client.close();
    await once(client, 'close');
    const recorded = Array.from({ length: 500 }, (_, i) => ({
      event: 'recorded',
      data: { recorded: (i + 1) % 7 },
    }));
    expect(answers.slice(0, 500).map((answer): unknown => JSON.parse(answer))).toEqual(recorded);
    expect(answers).toHaveLength(501);
    expect(await accountOf(service, 'websocket')).toMatchObject({
      recorded: recorded.reduce((total, { data }) => total + data.recorded, 0),
      rejected: { not_json: 1 },
    });
  });

  it.each([
    ['empty messages', () => client.send('')],
    ['pings', () => client.ping()],
  ])('are the purpose of a connection: a flood of %s closes it with 1008', async (_what, sendOne) => {
    for (let i = 0; i < 20_000; i++) sendOne();
    const [code]: number[] = await once(client, 'close');
    expect(code).toBe(1008);
  });
});
