import * as z from 'zod';
import type { ValuesOf } from '../settings/fields.js';

export const stateFields = {
  STATE_DIR: z
    .string()
    .optional()
    .describe(
      'Existing, writable directory for log positions and document counts, so that restarts continue there',
    ),
};

export type StateSettings = ValuesOf<typeof stateFields>;
