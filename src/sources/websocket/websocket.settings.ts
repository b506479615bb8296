import { integer, type ValuesOf } from '../../settings/fields.js';

export const websocketFields = {
  HEARTBEAT_SECONDS: integer(1, 86_400)
    .default(30)
    .describe('Interval of WebSocket pings; a client that sends nothing until the next ping is disconnected'),
};

export type WebSocketSettings = ValuesOf<typeof websocketFields>;
