import * as z from 'zod';
import type { ValuesOf } from '../settings/fields.js';

export const stateFields = {
  STATE_DIR: z
    .string()
    .optional()
    .describe(
      'Existing, writable directory for the positions in access logs, so that a restart continues there',
    ),
};

export type StateSettings = ValuesOf<typeof stateFields>;
