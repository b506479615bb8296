import { integer, type ValuesOf } from '../settings/fields.js';

export const lifecycleFields = {
  SHUTDOWN_TIMEOUT_SECONDS: integer(1, 3_600)
    .default(10)
    .describe('Longest time that a graceful shutdown may take; set it above twice the scrape interval'),
};

export type LifecycleSettings = ValuesOf<typeof lifecycleFields>;
