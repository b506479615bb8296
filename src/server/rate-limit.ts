import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS } from '../settings/token.js';
import type { ServerSettings } from './server.settings.js';
import { clientAddresses, networkOf } from './client-address.js';
import { ProblemException } from './problem.js';
import { Refusals } from './refusals.js';

const SECOND = 1_000;

/** Paths for operators, who need the metrics most during a flood from their own address. */
const EXEMPT: ReadonlySet<string> = new Set(['/metrics', '/-/healthy', '/-/ready']);

/**
 * Limits requests and WebSocket messages per second and client address, if RATE_LIMIT is set. All counts are reset every
 * second.
 */
@Injectable()
export class RateLimit implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly counts = new Map<string, number>();
  /** The client address of a request, if there is a limit. */
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

  /** Whether an address may send one more in this second. */
  allows(address: string): boolean {
    if (!this.isOn) return true;
    const count = (this.counts.get(address) ?? 0) + 1;
    this.counts.set(address, count);
    return count <= this.settings.RATE_LIMIT;
  }

  /** Begins the next second. */
  tick(): void {
    this.counts.clear();
  }

  /** Express middleware: passes requests that are allowed or exempt. */
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
