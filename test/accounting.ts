// What a source has received, by the service's own counts.
import fc from 'fast-check';
import { scrape, type Service } from './service.js';

export interface Account {
  recorded: number;
  /** The reasons for which anything was refused, with their counts. */
  rejected: Record<string, number>;
  /** All of response_code, whatever the source. */
  responses: number;
  /** All of response_time. */
  timed: number;
}

export async function accountOf(service: Pick<Service, 'url'>, source: string): Promise<Account> {
  const account: Account = { recorded: 0, rejected: {}, responses: 0, timed: 0 };
  for (const [series, value] of await scrape(service)) {
    const [, metric, labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
    if (metric === 'response_code') account.responses += value;
    if (metric === 'response_time_count') account.timed += value;
    if (!labels.includes(`source="${source}"`)) continue;
    if (metric === 'service_collector_observations_total') account.recorded += value;
    const reason = /reason="(\w+)"/.exec(labels)?.[1];
    if (reason !== undefined && value > 0) account.rejected[reason] = value;
  }
  return account;
}

/** What senders send: mostly observations, and now and then anything else that JSON can say. */
export const candidate = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ env: fc.constant('testing'), statuscode: fc.integer({ min: 100, max: 599 }) }),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
