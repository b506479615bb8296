import * as z from 'zod';
import type { ValuesOf } from '../settings/fields.js';

export const stateFields = {
  STATE_DIR: z
    .string()
    .optional()
    .describe(
      'A directory in which log positions are saved, so that a restart goes on where the last run stopped',
    ),
};

export type StateSettings = ValuesOf<typeof stateFields>;
