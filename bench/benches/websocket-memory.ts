import type { Bench } from '../bench.js';
import { compare } from '../compare.js';
import { connectIdle, MANY_FILES } from '../load/loads.js';
import { settledKiB } from '../processes/usage.js';
import { bareWs, foreignPrograms, naiveNest, type Program, service } from '../programs.js';
import type { Quantity } from '../report/table.js';
import { startServer } from '../server.js';

const COST: Quantity = { name: 'one idle client', unit: 'KiB', better: 'less' };

export const websocketMemory: Bench = {
  name: 'ws-memory',
  title: 'Resident memory for each idle WebSocket client, of 5,000',
  run: (context) => {
    const clients = context.quick ? 500 : 5_000;
    const candidates = [service, naiveNest, bareWs, ...foreignPrograms(context)].map((program) => ({
      name: program.name,
      measure: async () => ({ [COST.name]: { value: await kibPerClient(program, clients) } }),
    }));
    return compare({ ...context, rounds: Math.min(2, context.rounds) }, [COST], candidates);
  },
};

async function kibPerClient(program: Program, clients: number): Promise<number> {
  const server = await startServer(program, { openFiles: MANY_FILES });
  const before = await settledKiB(server.pid);
  const load = await connectIdle(server, clients);
  const after = await settledKiB(server.pid);
  await Promise.all([load.stop(), server.stop()]);
  return (after - before) / clients;
}
