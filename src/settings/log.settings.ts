import { oneOf, type ValuesOf } from './fields.js';

export const LOG_LEVELS = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;

export const logFields = {
  LOG_LEVEL: oneOf(LOG_LEVELS, { info: 'log', warning: 'warn', trace: 'verbose' })
    .default('log')
    .describe(
      `Least severe level that is logged: ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}; \`info\` means \`log\``,
    ),
  LOG_FORMAT: oneOf(['pretty', 'json'])
    .default('pretty')
    .describe('`pretty`, or `json` for one object a line'),
};

export type LogSettings = ValuesOf<typeof logFields>;
