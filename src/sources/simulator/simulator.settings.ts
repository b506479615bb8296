import { oneOf, type ValuesOf } from '../../settings/fields.js';

export const simulatorFields = {
  SIMULATOR: oneOf(['on', 'off']).default('on').describe('`off` stops the random observations'),
};

export type SimulatorSettings = ValuesOf<typeof simulatorFields>;
