import { oneOf, type ValuesOf } from '../../settings/fields.js';

export const simulatorFields = {
  SIMULATOR: oneOf(['on', 'off'])
    .default('on')
    .describe('`on` adds random observations; set `off` to count real data only'),
};

export type SimulatorSettings = ValuesOf<typeof simulatorFields>;
