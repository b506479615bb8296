import type { Bench } from '../bench.js';
import { compare } from '../compare.js';
import { recordingAll } from '../exact.js';
import { flood } from '../load/loads.js';
import { bareWs, foreignPrograms, naiveNest, service } from '../programs.js';
import type { Quantity } from '../report/table.js';
import { served } from '../served.js';
import { startServer } from '../server.js';

const RATE: Quantity = { name: 'observations/s', unit: 'observations/s', better: 'more' };

export const websocket = floods('ws', 'batches of 100', 100);
export const websocketSingle = floods('ws-single', 'one a message', 1);

function floods(name: string, what: string, batch: number): Bench {
  return {
    name,
    title: `Observations over one WebSocket, ${what}`,
    run: (context) => {
      const candidates = [service, naiveNest, bareWs, ...foreignPrograms(context)].map((program) =>
        served(program, startServer, async (server) => {
          const { perSecond, busy } = await recordingAll(server, 'websocket', () =>
            flood(server, { batch, seconds: context.seconds }),
          );
          return { [RATE.name]: { value: perSecond, busy } };
        }),
      );
      return compare(context, [RATE], candidates);
    },
  };
}
