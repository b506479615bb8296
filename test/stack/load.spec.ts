import { accountOf } from '../accounting.js';
import { ServiceProcess } from '../process.js';
import { type Observation, Senders } from './senders.js';

/** So many batches of observations; one observation of every tenth batch is not valid. */
function* batches(count: number, size: number): Generator<Observation[]> {
  for (let number = 0; number < count; number++) {
    const batch = Array.from({ length: size }, (_, i) => ({
      env: i % 2 === 0 ? 'testing' : 'production',
      statuscode: 100 + ((number + i) % 500),
      seconds: ((number * size + i) % 10_000) / 1000,
    }));
    if (number % 10 === 0) batch[number % size] = { env: 'testing', statuscode: NaN, seconds: 0 };
    yield batch;
  }
}

it('a million observations over HTTP and WebSockets, a tenth of the batches invalid, are counted as the senders were told', async () => {
  await using service = new ServiceProcess({ SIMULATOR: 'off', MAX_CLIENTS: '4' });
  const address = await service.listening();
  const http = new Senders(address, { http: 4, websockets: 0, batches: batches(500, 1000) });
  const websockets = new Senders(address, { http: 0, websockets: 4, batches: batches(5000, 100) });
  await Promise.all([http.done, websockets.done]);
  expect([http.told, http.invalid, websockets.told, websockets.invalid]).toEqual([450_000, 50, 450_000, 500]);

  const responses = { responses: 900_000, timed: 900_000 };
  expect(await accountOf(address, 'http')).toEqual({
    recorded: 450_000,
    rejected: { invalid_statuscode: 50, batch_refused: 49_950 },
    ...responses,
  });
  expect(await accountOf(address, 'websocket')).toEqual({
    recorded: 450_000,
    rejected: { invalid_statuscode: 500, batch_refused: 49_500 },
    ...responses,
  });
});
