import { once } from 'node:events';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { connect, samples, total, until } from '../../service.js';
import { PROMETHEUS } from '../../scraper.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { savedOffset } from './saved-offset.js';

/** The limit of open files, and what the service leaves of it to connections. */
const FILES = 100;
const CONNECTIONS = 36;

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n';

describe(`a process that may open ${FILES} files, and 1,000 connections`, () => {
  it('keeps who is connected, follows its logs, refuses the rest, and takes connections when others are gone', async () => {
    using folder = new TemporaryFolder();
    const log = folder.file('access.log');
    writeFileSync(log, '');
    await using service = new ServiceProcess(
      { SIMULATOR: 'off', ACCESS_LOGS: `testing=${log}`, STATE_DIR: folder.path },
      { through: ['prlimit', `--nofile=${FILES}:${FILES}`] },
    );
    const address = await service.listening();
    const client = await connect(address, '/ws/early');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const scrape = async (): Promise<Map<string, number>> => {
      const [response] = await once(
        get(`${address.url}/metrics`, { agent, headers: PROMETHEUS }),
        'response',
      );
      return samples(await text(response));
    };
    await scrape();

    const sockets = Array.from({ length: 1_000 }, () => open(address.port));
    const alive = (): Socket[] =>
      sockets.filter(({ readableEnded, destroyed }) => !readableEnded && !destroyed);
    await until(
      () => alive().length,
      (count) => count === CONNECTIONS - 2,
    );

    client.send('{"event":"observations","data":{"env":"testing","statuscode":200}}');
    const [answer] = await once(client, 'message');
    expect(String(answer)).toBe('{"event":"recorded","data":{"recorded":1}}');

    // The log is rotated twice between two looks at it.
    appendFileSync(log, LINE.repeat(100));
    renameSync(log, `${log}.2`);
    writeFileSync(log, LINE.repeat(10));
    renameSync(log, `${log}.1`);
    writeFileSync(log, LINE);
    const recorded = 'service_collector_observations_total{source="access_log"}';
    await until(scrape, (now) => now.get(recorded) === 111);
    await until(
      async () => {
        await scrape();
        return savedOffset(folder.path);
      },
      (offset) => offset === LINE.length,
    );
    const now = await scrape();
    expect(now.get('process_open_fds')).toBeLessThan(FILES);
    expect(now.get('connected_clients')).toBe(1);

    for (const socket of sockets) socket.destroy();
    const account = await until(
      () => accountOf(address, 'access_log').catch(() => undefined),
      (answered) => answered !== undefined,
    );
    expect(account).toMatchObject({ recorded: 111, responses: 112 });
    expect(total(await scrape(), 'response_code')).toBe(112);
    await connect(address, '/ws/late').then((late) => late.terminate());
    expect(service.output.match(/WARN/g)).toHaveLength(1);
    expect(service.output).toContain(
      `Refusing connections: ${CONNECTIONS} are open, the most that MAX_CONNECTIONS and the file descriptor limit allow`,
    );
    agent.destroy();
    client.terminate();
  });
});

function open(port: number): Socket {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => socket.destroy()).resume();
  return socket;
}
