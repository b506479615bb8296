import { requestOf } from './connection.js';
import { observations, type Observation } from './observations.js';

/** How observations are pushed over HTTP. */
export interface Push {
  path: string;
  format: 'json' | 'ndjson';
}

/** What is asked for over and over again. */
export type Request = { path: string; gzip?: boolean } | { push: Push; batch: number };

/** Different bodies that take turns. */
const BODIES = 8;

/** The bytes of the requests that take turns. */
export function bytesOf(request: Request): Buffer[] {
  if ('path' in request) return [requestOf(request.path, request.gzip ? ['Accept-Encoding: gzip'] : [])];
  const { push, batch } = request;
  const all = observations(BODIES * batch);
  return Array.from({ length: BODIES }, (_, i) => {
    const { body, contentType } = bodyOf(push, all.slice(i * batch, (i + 1) * batch));
    return requestOf(push.path, [`Content-Type: ${contentType}`], body);
  });
}

export function bodyOf(
  { format }: Push,
  batch: readonly Observation[],
): { body: string; contentType: string } {
  return format === 'json'
    ? { body: JSON.stringify(batch), contentType: 'application/json' }
    : { body: batch.map((one) => JSON.stringify(one)).join('\n'), contentType: 'application/x-ndjson' };
}
