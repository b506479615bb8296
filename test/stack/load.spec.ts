import { once } from 'node:events';
import { accountOf, sum } from '../accounting.js';
import { ServiceProcess } from '../process.js';
import { connect } from '../service.js';

/** A batch of observations; every tenth batch holds one that is not valid. */
function batch(number: number, size: number): { valid: boolean; observations: unknown[] } {
  const observations: unknown[] = Array.from({ length: size }, (_, i) => ({
    env: i % 2 === 0 ? 'testing' : 'production',
    statuscode: 100 + ((number + i) % 500),
    seconds: ((number * size + i) % 10_000) / 1000,
  }));
  const valid = number % 10 !== 0;
  if (!valid) observations[number % size] = { env: 'testing', statuscode: 'none' };
  return { valid, observations };
}

describe('a million observations, pushed over HTTP and WebSockets at once, a tenth of the batches invalid', () => {
  let service: ServiceProcess;
  beforeAll(() => {
    service = new ServiceProcess({ SIMULATOR: 'off', MAX_CLIENTS: '4' });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('are counted exactly as the senders were told', async () => {
    const address = await service.listening();

    const overHttp = async (worker: number): Promise<number> => {
      let recorded = 0;
      for (let number = worker; number < 500; number += 4) {
        const { valid, observations } = batch(number, 1000);
        const response = await fetch(`${address.url}/observations`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-ndjson' },
          body: observations.map((observation) => JSON.stringify(observation)).join('\n'),
        });
        expect(response.status).toBe(valid ? 200 : 422);
        recorded += Number(/^\{"recorded":(\d+)\}$/.exec(await response.text())?.[1] ?? 0);
      }
      return recorded;
    };

    const overWebSocket = async (worker: number): Promise<number> => {
      let recorded = 0;
      const client = await connect(address, `/ws/${worker}`);
      for (let number = worker; number < 5000; number += 4) {
        const { valid, observations } = batch(number, 100);
        client.send(JSON.stringify({ event: 'observations', data: observations }));
        const [message] = await once(client, 'message');
        const { event, data } = JSON.parse(String(message));
        expect(event).toBe(valid ? 'recorded' : 'rejected');
        recorded += Number(data.recorded ?? 0);
      }
      client.close();
      return recorded;
    };

    const workers = [0, 1, 2, 3];
    const [http, websocket] = await Promise.all([
      Promise.all(workers.map(overHttp)).then((counts) => counts.reduce((total, count) => total + count, 0)),
      Promise.all(workers.map(overWebSocket)).then((counts) =>
        counts.reduce((total, count) => total + count, 0),
      ),
    ]);
    expect([http, websocket]).toEqual([450_000, 450_000]);

    const overHttpCounted = await accountOf(address, 'http');
    expect(overHttpCounted).toMatchObject({
      recorded: http,
      responses: http + websocket,
      timed: http + websocket,
    });
    expect(overHttpCounted.rejected).toEqual({ invalid_statuscode: 50, batch_refused: 49_950 });
    expect(overHttpCounted.recorded + sum(overHttpCounted.rejected)).toBe(500_000);

    const overWebSocketCounted = await accountOf(address, 'websocket');
    expect(overWebSocketCounted.recorded).toBe(websocket);
    expect(overWebSocketCounted.rejected).toEqual({ invalid_statuscode: 500, batch_refused: 49_500 });
    expect(overWebSocketCounted.recorded + sum(overWebSocketCounted.rejected)).toBe(500_000);
  });
});
