import { oneOf, SWITCH, type ValuesOf } from '../settings/fields.js';

export const liveFields = {
  LIVE_HISTORY: oneOf(['on', 'off'], SWITCH)
    .default('on')
    .describe(
      'Whether the service keeps the last hour for the live page, without `SERVICES`, `METHODS` and `ROUTES`, in about 1 MB: `on` or `off`',
    ),
};

export type LiveSettings = ValuesOf<typeof liveFields>;
