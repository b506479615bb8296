import { type Bench, compare } from '../compare.js';
import { connectIdle, flood } from '../load.js';
import { bareWs, naiveNest, peers, service, withEverything, withLists } from '../programs.js';
import { served, startServer } from '../server.js';
import { settledKiB } from '../usage.js';

export const floods = [100, 1].map((batch): Bench => ({
  name: batch === 1 ? 'ws-single' : 'ws',
  title: `Observations over one WebSocket, ${batch} a message`,
  run: (context) =>
    compare(
      context,
      [service, withLists, withEverything, naiveNest, bareWs, ...peers(context)].map((program) =>
        served(program, async (server) => {
          const { perSecond, busy } = await flood(server, batch, context.seconds);
          return { values: { 'observations/s': perSecond }, busy };
        }),
      ),
    ),
}));

export const idleClients: Bench = {
  name: 'ws-memory',
  title: 'Resident memory for each idle WebSocket client, of 5,000',
  run: (context) => {
    const clients = context.quick ? 500 : 5_000;
    const candidates = [service, naiveNest, bareWs, ...peers(context)].map((program) => ({
      name: program.name,
      measure: async () => {
        const server = await startServer(program);
        const before = await settledKiB(server.pid);
        const disconnect = await connectIdle(server, clients);
        const after = await settledKiB(server.pid);
        disconnect();
        await server.stop();
        return { values: { 'one client, KiB': (after - before) / clients } };
      },
    }));
    return compare({ ...context, rounds: Math.min(2, context.rounds) }, candidates);
  },
};
