import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS } from '../settings/token.js';
import type { ServerSettings } from './server.settings.js';
import { clientAddresses, networkOf } from './client-address.js';
import { ProblemException } from './problem.js';
import { Refusals } from './refusals.js';

const SECOND = 1_000;

/** Paths of those who run the service: under a flood from their address, its metrics are needed most. */
const EXEMPT: ReadonlySet<string> = new Set(['/metrics', '/-/healthy', '/-/ready']);

/**
 * How many requests and WebSocket messages a client's address may send in each second; any number unless RATE_LIMIT says
 * otherwise. What it remembers ends with the second.
 */
@Injectable()
export class RateLimit implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly counts = new Map<string, number>();
  /** Tells clients apart by where their requests come from, if there is a limit. */
  readonly addressOf: (request: IncomingMessage) => string;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: ServerSettings,
    private readonly refusals: Refusals,
  ) {
    const addressOf = clientAddresses(settings.TRUSTED_PROXIES);
    this.addressOf = this.isOn ? (request) => networkOf(addressOf(request)) : () => '';
  }

  onApplicationBootstrap(): void {
    if (this.settings.RATE_LIMIT > 0) this.timer = setInterval(() => this.tick(), SECOND);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Whether there is a limit. */
  get isOn(): boolean {
    return this.settings.RATE_LIMIT > 0;
  }

  /** Whether something more may come from an address in this second. */
  allows(address: string): boolean {
    if (!this.isOn) return true;
    const count = (this.counts.get(address) ?? 0) + 1;
    this.counts.set(address, count);
    return count <= this.settings.RATE_LIMIT;
  }

  /** The next second begins. */
  tick(): void {
    this.counts.clear();
  }

  /** Express middleware: lets pass what is allowed or exempt. */
  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const [path = ''] = request.url?.split('?', 1) ?? [];
    if (!EXEMPT.has(path) && !this.allows(this.addressOf(request))) {
      this.refusals.count('rate_limit');
      response.setHeader('Retry-After', '1');
      const detail = `more than ${this.settings.RATE_LIMIT} requests a second from one address`;
      this.refusals.log('http', 'rate_limit', request, detail);
      throw new ProblemException(429, detail);
    }
    next();
  };
}
