import { integer, list, type ValuesOf } from '../settings/fields.js';

export const ENVIRONMENT_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

const environments = list()
  .refine((names) => names.every((name) => ENVIRONMENT_NAME.test(name)), {
    error:
      'must be names separated by commas, each of 1 to 64 letters, digits, ".", "_" or "-" that begins with a letter or digit',
  })
  .refine((names) => new Set(names).size === names.length, { error: 'must not name an environment twice' });

export const recordingFields = {
  ENVIRONMENTS: environments
    .default(['testing', 'production'])
    .describe('Allowed values of `env`, separated by commas'),
  MAX_OBSERVATIONS: integer(1, 10_000_000)
    .default(50_000)
    .describe('Most observations allowed in one request, WebSocket message or NATS message'),
};

export type RecordingSettings = ValuesOf<typeof recordingFields>;
