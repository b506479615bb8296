import * as z from 'zod';
import type { ValuesOf } from '../settings/fields.js';

export const stateFields = {
  STATE_DIR: z
    .string()
    .optional()
    .describe(
      'Existing, writable directory in which access logs and Elasticsearch remember what is counted, for restarts',
    ),
};

export type StateSettings = ValuesOf<typeof stateFields>;
