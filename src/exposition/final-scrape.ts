import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { FirstIncrements } from './first-increments.js';
import type { Scraper } from './scraper.js';
import { Scrapers } from './scrapers.js';
import { SETTINGS } from '../settings/token.js';
import type { LifecycleSettings } from '../lifecycle/lifecycle.settings.js';
import { arrivals, Lifecycle } from '../lifecycle/lifecycle.js';
import { Connections } from '../server/connections.js';

/**
 * The end of a shutdown, after the sources have finished: waits until all requests in progress are answered and all scrapers
 * have fetched the final values, and then closes the server (docs/decisions/0014). Until then it accepts connections.
 */
@Injectable()
export class FinalScrape implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('FinalScrape');
  private finished: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: LifecycleSettings,
    private readonly connections: Connections,
    private readonly lifecycle: Lifecycle,
    private readonly scrapers: Scrapers,
    private readonly firstIncrements: FirstIncrements,
  ) {}

  beforeApplicationShutdown(): Promise<void> {
    this.finished ??= this.lifecycle
      .track('the final scrapes', () => this.finish())
      .then(() => this.lifecycle.finished());
    return this.finished;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connections.close();
  }

  private async finish(): Promise<void> {
    this.firstIncrements.end();
    await this.connections.settled();
    await this.finalScrapes();
    await arrivals(); // so that no request arrives on a connection that is being closed
    void this.connections.close();
  }

  private async finalScrapes(): Promise<void> {
    const { deadline, overdue } = this.lifecycle;
    const since = performance.now();
    const awaited = this.scrapers.awaited(since, since);
    if (awaited.length === 0) return;

    this.logger.log(`Waiting for the final scrape, outstanding scrapers: ${namesOf(awaited)}`);
    const limit = `SHUTDOWN_TIMEOUT_SECONDS=${this.settings.SHUTDOWN_TIMEOUT_SECONDS}`;
    const intervals = awaited.filter(({ next = 0 }) => next > deadline).map(({ interval = 0 }) => interval);
    if (intervals.length > 0) {
      const seconds = Math.round(Math.max(...intervals) / 1000);
      this.logger.warn(
        `${limit} ends before the next scrape, so the final values may be lost: the scrape interval is ${seconds} s`,
      );
    }
    await this.scrapers.allFetched(since, overdue);
    const left = this.scrapers.awaited(since, performance.now());
    if (left.length > 0)
      this.logger.warn(`No final scrape within ${limit}, outstanding scrapers: ${namesOf(left)}`);
  }
}

/** Their number and names. */
function namesOf(scrapers: readonly Scraper[]): string {
  const total = scrapers.reduce((sum, { count }) => sum + count, 0);
  const names = scrapers.map(({ name, count }) =>
    count > 1 ? `${name} (${count} by their intervals)` : name,
  );
  return `${total}, ${names.join(', ')}`;
}
