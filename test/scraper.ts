// Scrapes as a Prometheus does: over a connection of its own that it keeps, and saying who it is.
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { samples, type Service } from './service.js';

export const PROMETHEUS = {
  'User-Agent': 'Prometheus/3.14.0',
  'X-Prometheus-Scrape-Timeout-Seconds': '10',
};

export class Scraper implements Disposable {
  private readonly agent: Agent;

  constructor(
    private readonly service: Pick<Service, 'port'>,
    private readonly headers: Readonly<Record<string, string>> = PROMETHEUS,
    { keepAlive = true } = {},
  ) {
    this.agent = new Agent({ keepAlive, maxSockets: 1 });
  }

  /** Fetches a page, and whether it came on the connection of the one before. */
  async scrape(): Promise<{ page: Map<string, number>; reused: boolean }> {
    const request = this.ask();
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (response?.statusCode !== 200) throw new Error(`HTTP ${response?.statusCode}`);
    return { page: samples(await text(response)), reused: request.reusedSocket };
  }

  /** Asks for a page, and goes away when it begins to come. */
  async abort(): Promise<void> {
    const request = this.ask();
    const [response]: IncomingMessage[] = await once(request, 'response');
    response?.destroy();
    await once(request, 'close');
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }

  private ask(): ReturnType<typeof get> {
    const { agent, headers, service } = this;
    return get({ host: '127.0.0.1', port: service.port, path: '/metrics', agent, headers });
  }
}
