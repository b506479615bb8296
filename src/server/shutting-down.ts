import { ProblemException } from './problem.js';

/** Seconds after which a client may try again that came while the service was shutting down. */
export const RETRY_AFTER = '5';

/** Refuses what would move a metric that may have been fetched for the last time. */
export class ShuttingDownException extends ProblemException {
  constructor() {
    super(503, 'the service is shutting down', {}, { 'Retry-After': RETRY_AFTER });
  }
}
