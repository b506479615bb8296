import { oneOf, SWITCH, type ValuesOf } from '../../settings/fields.js';

export const simulatorFields = {
  SIMULATOR: oneOf(['auto', 'on', 'off'], SWITCH)
    .default('auto')
    .describe('Random data: `on`, `off` or `auto` (until another source or an ingest token is configured)'),
};

export type SimulatorSettings = ValuesOf<typeof simulatorFields>;
