import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { RefusalLog } from '../platform/refusal-log.js';
import { Batch } from '../recording/batch.js';
import type { Labels } from '../recording/labels.js';
import { check } from '../recording/observation.js';
import type { BatchProblem } from '../recording/recorder.service.js';
import { SETTINGS } from '../settings/token.js';
import { clientAddresses } from './client-address.js';
import type { ServerSettings } from './server.settings.js';
import type { RefusedTotal } from '../metrics/collectors.js';
import type { Value } from '../metrics/values.js';

/** Reasons for refusing connections, requests and clients, apart from invalid observations: the values of the label `reason`. */
export const REFUSALS = [
  // connections
  'connections_limit',
  'tls_handshake',
  'pipelining',
  // requests
  'malformed',
  'headers_too_large',
  'timeout',
  'rate_limit',
  'unauthorized',
  // upgrades
  'unknown_path',
  'origin',
  'clients_limit',
  'shutting_down',
  // WebSocket clients
  'message_too_large',
  'protocol_error',
  'flooding',
  'unread_answers',
  'token_revoked',
  // senders of syslog
  'syslog_sender',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const TRANSPORTS = { http: 'over HTTP', websocket: 'over a WebSocket' } as const;

/** Counts and logs refusals. Clients cannot extend the list of reasons. */
@Injectable()
export class Refusals {
  private readonly lines = new RefusalLog(new Logger('Refusals'));
  private readonly series: ReadonlyMap<Refusal, Value>;
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    @Inject(SETTINGS) { TRUSTED_PROXIES }: ServerSettings,
    @InjectMetric('service_collector_refused_total') refused: RefusedTotal,
  ) {
    this.addressOf = clientAddresses(TRUSTED_PROXIES);
    this.series = new Map(REFUSALS.map((reason) => [reason, refused.series({ reason })]));
  }

  count(reason: Refusal): void {
    this.series.get(reason)?.inc();
  }

  /** Logs a batch that is refused as a whole, with its first problem. */
  logBatch(
    transport: keyof typeof TRANSPORTS,
    from: IncomingMessage | string,
    candidates: readonly unknown[] | Batch,
    [first]: readonly BatchProblem[],
    labels: Labels,
  ): void {
    if (!first || candidates instanceof Batch) return; // a Batch has no problems
    const reason = check(candidates[first.index], labels) ?? 'batch_refused';
    this.log(transport, reason, from, first.detail);
  }

  /**
   * Logs the first refusal for each reason in ten seconds, and counts the others.
   *
   * @param reason one of a fixed list
   * @param from the sender: a request, or a name that is safe for a log line
   */
  log(
    transport: keyof typeof TRANSPORTS,
    reason: string,
    from: IncomingMessage | string | undefined,
    detail: string,
  ): void {
    const name = (): string =>
      (typeof from === 'object' ? this.addressOf(from) : from) || 'a closed connection';
    this.lines.add(
      () => `${TRANSPORTS[transport]} from ${name()}, ${reason}`,
      detail,
      `${transport} ${reason}`,
    );
  }
}
