import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { printable } from '../platform/printable.js';
import { clientAddresses } from '../server/client-address.js';
import type { ServerSettings } from '../server/server.settings.js';
import { SETTINGS } from '../settings/token.js';
import { Scraper } from './scraper.js';

/** Most scrapers that are remembered, because a client could pretend to be any number. */
const MOST_SCRAPERS = 16;

/** Sent by Prometheus and by programs that use its code: `scrapeTimeoutSeconds` in its scrape.go. */
const PROMETHEUS_HEADER = 'x-prometheus-scrape-timeout-seconds';

/** Milliseconds of the longest timer, about 25 days. Node would fire a longer one at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Known {
  scraper: Scraper;
  connection: Socket;
  /** The number of scrapes on that connection. */
  scrapes: number;
  /** Address and User-Agent, by which it is recognised on another connection. */
  name: string;
}

/**
 * Knows the scrapers and the last page that each has fetched: a shutdown waits until all have the final page
 * (docs/decisions/0014). Times are milliseconds by the clock of `performance`.
 */
@Injectable()
export class Scrapers {
  private known: Known[] = [];
  private readonly pages = new EventEmitter();
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(@Inject(SETTINGS) { TRUSTED_PROXIES }: ServerSettings) {
    this.addressOf = clientAddresses(TRUSTED_PROXIES);
  }

  /**
   * Notes, before a page is sent, which scraper it is for.
   *
   * @param fetched called when a scraper that announces itself has received the whole page
   */
  answering(request: IncomingMessage, response: ServerResponse, time: number, fetched: () => void): void {
    const { method, headers, socket } = request;
    if (method !== 'GET' || isBrowser(headers)) return;
    const scraper = this.recognise(request, time);
    response.on('finish', () => {
      if (socket.destroyed) return; // Node emits `finish` even if the connection breaks with most of the page unsent
      if (isAnnounced(headers)) fetched();
      if (!scraper) return;
      scraper.got(time);
      this.pages.emit('fetched');
    });
  }

  /** Regular scrapers that are not gone at the time `now` and have not fetched a page as new as `since`. */
  awaited(since: number, now: number): Scraper[] {
    return this.known
      .map(({ scraper }) => scraper)
      .filter((scraper) => scraper.regular && !scraper.hasFetched(since) && !scraper.isGone(now));
  }

  /** Whether all scrapers that announce themselves and are not gone at the time `now` have fetched a page as new as `since`. */
  haveAnnouncedFetched(since: number, now: number): boolean {
    return this.known.every(
      ({ scraper }) => !scraper.announced || scraper.hasFetched(since) || scraper.isGone(now),
    );
  }

  /** Resolves when no scraper is awaited any more, or when `overdue` is aborted. */
  async allFetched(since: number, overdue: AbortSignal): Promise<void> {
    for (;;) {
      const now = performance.now();
      const awaited = this.awaited(since, now);
      if (awaited.length === 0 || overdue.aborted) return;
      await this.nextPage(Math.min(...awaited.map(({ goneAt }) => goneAt)) - now, overdue);
    }
  }

  /** Resolves when the next page is fetched, after some milliseconds, or when `overdue` is aborted. */
  private async nextPage(milliseconds: number, overdue: AbortSignal): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), Math.min(milliseconds, LONGEST_TIMER));
    const signal = AbortSignal.any([overdue, late.signal]);
    await once(this.pages, 'fetched', { signal }).catch(() => undefined);
    clearTimeout(timer);
  }

  private recognise(request: IncomingMessage, time: number): Scraper | undefined {
    const { headers, socket: connection } = request;
    const address = this.addressOf(request);
    // A connection of a proxy that forwards addresses is shared by clients, so it identifies none.
    const isForwarded = address !== connection.remoteAddress;
    const name = `${address} ${headers['user-agent']}`;
    const known =
      this.known.find((other) => other.connection === connection && !isForwarded) ??
      this.known.find(
        (other) =>
          other.name === name && (isForwarded || other.scraper.mayBeSeveral || other.connection.destroyed),
      );
    if (!known)
      return this.add(connection, name, () => new Scraper(time, timeoutOf(headers), printable(name)));
    const { scraper } = known;
    const isNew = known.connection !== connection;
    scraper.mayBeSeveral = isForwarded || (isNew && known.scrapes === 1);
    known.scrapes = isNew ? 1 : known.scrapes + 1;
    known.connection = connection;
    scraper.came(time);
    // Scrapers that came at the same time are counted with it.
    if (scraper.mayBeSeveral)
      this.known = this.known.filter(
        (other) => other === known || other.name !== name || !other.connection.destroyed,
      );
    return scraper;
  }

  /** If the list is full, replaces a scraper that is gone or not regular. Without one, the new scraper stays unknown. */
  private add(connection: Socket, name: string, create: () => Scraper): Scraper | undefined {
    if (this.known.length >= MOST_SCRAPERS) {
      const now = performance.now();
      const useless = this.known.findIndex(({ scraper: other }) => !other.regular || other.isGone(now));
      if (useless < 0) return undefined;
      this.known.splice(useless, 1);
    }
    const scraper = create();
    this.known.push({ scraper, connection, scrapes: 1, name });
    return scraper;
  }
}

/** Whether a scraper announces itself as regular. */
export function isAnnounced(headers: IncomingHttpHeaders): boolean {
  return headers[PROMETHEUS_HEADER] !== undefined;
}

/** The timeout of a scraper that announces itself, in milliseconds. */
function timeoutOf(headers: IncomingHttpHeaders): number | undefined {
  return isAnnounced(headers) ? 1_000 * (Number(headers[PROMETHEUS_HEADER]) || 0) : undefined;
}

/** The live page, or a person who looks at the metrics. They want current values and store nothing. */
function isBrowser(headers: IncomingHttpHeaders): boolean {
  // Browsers send Sec-Fetch-Mode only over HTTPS and to localhost.
  return headers['sec-fetch-mode'] !== undefined || headers['user-agent']?.startsWith('Mozilla/') === true;
}
