import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { accountOf } from '../../accounting.js';
import { ServiceProcess } from '../../process.js';
import { scrape as scrapeOf, total, until } from '../../service.js';
import { Senders } from '../senders.js';
import { bytesInUse, MEASURED } from './memory.js';

/** So many environments make a page of some hundred kilobytes. */
const ENVIRONMENTS = ['testing', ...Array.from({ length: 50 }, (_, i) => `environment-${i}`)];

const ASK = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';

describe('scrapes of a large page, while observations are pushed', () => {
  let service: ServiceProcess;
  let address: { url: string; port: number };
  let senders: Senders;
  let pageBytes: number;
  let inUse: number;

  beforeAll(async () => {
    service = new ServiceProcess(
      { SIMULATOR: 'off', ENVIRONMENTS: ENVIRONMENTS.join(',') },
      { nodeOptions: MEASURED },
    );
    address = await service.listening();
    senders = new Senders(address);
    await Promise.all(Array.from({ length: 200 }, scrape));
    pageBytes = (await (await fetch(`${address.url}/metrics`)).arrayBuffer()).byteLength;
    inUse = await bytesInUse(service);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const scrape = (): Promise<Map<string, number>> => scrapeOf(address);

  /** Asks on a connection of its own, and reads no further than the first piece of the answer. */
  async function asking(): Promise<Socket> {
    const socket = connectSocket(address.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(ASK);
    await once(socket, 'data');
    socket.pause();
    return socket;
  }

  const metricsRequests = (all: Map<string, number>, code: number): number =>
    all.get(
      `service_collector_http_request_duration_seconds_count{method="GET",route="/metrics",code="${code}"}`,
    ) ?? 0;

  it('200 at once are all complete', async () => {
    const told = senders.told;
    const pages = await Promise.all(Array.from({ length: 200 }, scrape));
    for (const page of pages) {
      expect(total(page, 'service_collector_build_info')).toBe(1);
      expect(total(page, 'response_code')).toBeGreaterThanOrEqual(told);
      expect(total(page, 'response_code')).toBe(total(page, 'service_collector_observations_total'));
      expect(total(page, 'response_time_count')).toBe(total(page, 'response_code'));
    }
  });

  it('1,000 that are aborted half-way leave nothing behind', async () => {
    const before = await scrape();
    const answered = metricsRequests(before, 200) + metricsRequests(before, 499);
    for (let i = 0; i < 1_000; i += 20) {
      const sockets = await Promise.all(Array.from({ length: 20 }, asking));
      for (const socket of sockets) {
        expect(socket.bytesRead).toBeLessThan(pageBytes);
        socket.resetAndDestroy();
      }
    }
    const scrapes: number[] = [];
    await until(
      async () => {
        const now = await scrape();
        scrapes.push(1);
        return metricsRequests(now, 200) + metricsRequests(now, 499) - scrapes.length;
      },
      (count) => count === answered + 1_000,
    );
  });

  it('50 that are read byte by byte hold up nobody', async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, asking));
    for (let i = 0; i < 40; i++) {
      for (const socket of slow) socket.read(1);
      const told = senders.told;
      expect(total(await scrape(), 'response_code')).toBeGreaterThanOrEqual(told);
    }
    expect(await bytesInUse(service)).toBeLessThan(1.25 * inUse);
    for (const socket of slow) socket.destroy();
  });

  it('leave the counts exact, and the memory as it was', async () => {
    await senders.stop();
    expect(senders.told).toBe(senders.sent);
    const { recorded } = await accountOf(address, 'http');
    const account = await accountOf(address, 'websocket');
    expect(account).toEqual({
      recorded: senders.sent - recorded,
      rejected: {},
      responses: senders.sent,
      timed: senders.sent,
    });
    expect(await bytesInUse(service)).toBeLessThan(1.25 * inUse);
  });
});
