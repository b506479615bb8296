import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectIngestAuth } from '../../server/auth.js';
import { BearerAuth } from '../../server/bearer-auth.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { isAllowedOrigin } from '../../server/origins.js';
import { RateLimit } from '../../server/rate-limit.js';
import type { Refusal } from '../../server/refusals.js';
import { RETRY_AFTER } from '../../server/problem.js';
import { SETTINGS } from '../../settings/token.js';
import type { ServerSettings } from '../../server/server.settings.js';
import { authorizationOf } from './credentials.js';

/** Why an upgrade is refused, and the HTTP response. */
export interface UpgradeRefusal {
  reason: Refusal;
  code: number;
  detail: string;
  header?: string;
}

/** Decides which upgrades are accepted. */
@Injectable()
export class Admission {
  constructor(
    @Inject(SETTINGS) private readonly settings: ServerSettings,
    @InjectIngestAuth() private readonly auth: BearerAuth,
    private readonly rateLimit: RateLimit,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** @param clients the number of connected clients */
  refusalOf(request: IncomingMessage, clients: number): UpgradeRefusal | undefined {
    const { ALLOWED_ORIGINS, MAX_CLIENTS, RATE_LIMIT } = this.settings;
    if (this.lifecycle.phase === 'shutting down') {
      const header = `Retry-After: ${RETRY_AFTER}`;
      return { reason: 'shutting_down', code: 503, detail: 'the service is shutting down', header };
    }
    if (!this.rateLimit.allows(this.rateLimit.addressOf(request))) {
      const detail = `more than ${RATE_LIMIT} requests a second from one address`;
      return { reason: 'rate_limit', code: 429, detail, header: 'Retry-After: 1' };
    }
    if (!isAllowedOrigin(request.headers, ALLOWED_ORIGINS)) {
      const detail = 'pages of this origin may not open WebSockets here: ALLOWED_ORIGINS does not name it';
      return { reason: 'origin', code: 403, detail };
    }
    const unauthorized = this.auth.refusalOf(authorizationOf(request.headers));
    if (unauthorized) {
      const { message: detail, challenge } = unauthorized;
      return { reason: 'unauthorized', code: 401, detail, header: `WWW-Authenticate: ${challenge}` };
    }
    if (clients >= MAX_CLIENTS) {
      return { reason: 'clients_limit', code: 503, detail: 'the maximum number of clients is connected' };
    }
    return undefined;
  }
}
