import { integer, type ValuesOf } from '../../settings/fields.js';

export const websocketFields = {
  HEARTBEAT_SECONDS: integer(1, 86_400)
    .default(30)
    .describe(
      'How often WebSocket clients are pinged; a client that sends nothing until the next ping is dropped',
    ),
};

export type WebSocketSettings = ValuesOf<typeof websocketFields>;
