import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type WebSocket from 'ws';
import { ServiceProcess } from '../../process.js';
import { connect, scrape, total, until } from '../../service.js';
import { Senders } from '../senders.js';

/**
 * Milliseconds of each pause, which is longer than an interval of the heartbeat. The second is the longer one, because the first
 * is still in the figures then.
 */
const PAUSES = [1_300, 2_600];

const CLIENTS = 50;

/** Clients that come at once, as after a restart. */
const CROWD = 2_000;

/** Blocks the event loop on each SIGUSR2, as a long computation would. */
const BLOCKS = `data:text/javascript,const pauses=[${PAUSES.join()}];process.on("SIGUSR2",()=>Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,pauses.shift()))`;

describe.each<[string, (service: ServiceProcess, milliseconds: number) => Promise<void>]>([
  [
    'stopped and continued',
    async (service, milliseconds) => {
      service.signal('SIGSTOP');
      await setTimeout(milliseconds); // it is the fault itself
      service.signal('SIGCONT');
    },
  ],
  ['blocked by a computation', (service) => Promise.resolve(service.signal('SIGUSR2'))],
])('a process that is %s for longer than a heartbeat, twice under load', (_what, pause) => {
  it('drops no client that has answered, and loses nothing', async () => {
    await using service = new ServiceProcess(
      { SIMULATOR: 'off', HEARTBEAT_SECONDS: '1' },
      { nodeOptions: [`--import=${BLOCKS}`] },
    );
    const address = await service.listening();
    const clients: WebSocket[] = [];
    for (let i = 0; i < CLIENTS; i++) clients.push(await connect(address, `/ws/${i}`));

    for (const milliseconds of PAUSES) {
      const senders = new Senders(address);
      await scrape(address);
      // The clients are pinged and answer, but most of the answers are read only after the pause.
      await Promise.race(clients.map((client) => once(client, 'ping')));
      await pause(service, milliseconds);
      await until(
        () => scrape(address),
        (now) => (now.get('nodejs_eventloop_lag_max_seconds') ?? 0) >= milliseconds / 1000,
      );
      await senders.stop();
      expect(service.output).not.toContain('Dropping');
      expect(senders.told).toBe(senders.sent);
      expect(total(await scrape(address), 'response_code')).toBeGreaterThanOrEqual(senders.told);
    }

    await Promise.all(clients.map((client) => once(client, 'ping')));
    expect((await scrape(address)).get('connected_clients')).toBe(CLIENTS);
    for (const client of clients) client.terminate();
  });
});

it(`a process that is stopped has room for ${CROWD.toLocaleString('en-US')} clients that connect meanwhile, and answers all`, async () => {
  await using service = new ServiceProcess({ SIMULATOR: 'off' });
  const { port } = await service.listening();
  service.signal('SIGSTOP');
  let connected = 0;
  const answers = Array.from({ length: CROWD }, () => {
    const socket = connectSocket(port, '127.0.0.1', () => connected++);
    socket.write('GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return text(socket);
  });
  await until(
    () => connected,
    (count) => count === CROWD,
  );
  service.signal('SIGCONT');
  for (const answer of await Promise.all(answers))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello!$/);
});
