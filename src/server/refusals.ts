import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { RefusedTotal } from '../metrics/collectors.js';
import type { Value } from '../metrics/metric.js';

/** Why somebody is turned away, before or after what a source would look at: the values of the label `reason`. */
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
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Counts who is turned away. Nobody outside can make the list of reasons longer. */
@Injectable()
export class Refusals {
  private readonly series: ReadonlyMap<Refusal, Value>;

  constructor(@InjectMetric('service_collector_refused_total') refused: RefusedTotal) {
    this.series = new Map(REFUSALS.map((reason) => [reason, refused.series({ reason })]));
  }

  count(reason: Refusal): void {
    this.series.get(reason)?.inc();
  }
}
