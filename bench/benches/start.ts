import type { Bench, Context } from '../bench.js';
import { compare, type Sample } from '../compare.js';
import { settledKiB } from '../processes/usage.js';
import { foreignPrograms, manyFiles, naiveNest, service } from '../programs.js';
import type { Quantity, Table } from '../report/table.js';
import { type Server, spawnServer } from '../server.js';

const DELAY: Quantity = { name: 'first scrape', unit: 'ms', better: 'less' };
const MEMORY: Quantity = { name: 'resident memory', unit: 'MiB', better: 'less' };

export const start: Bench = {
  name: 'start',
  title: 'From the start of the process to the first answer to GET /metrics',
  run: (context) =>
    compareStarts(context, DELAY, async (server) => ({
      [DELAY.name]: { value: await server.firstScrape() },
    })),
};

export const rss: Bench = {
  name: 'rss',
  title: 'Memory after the start and one scrape',
  run: (context) =>
    compareStarts({ ...context, rounds: Math.min(3, context.rounds) }, MEMORY, async (server) => {
      await server.firstScrape();
      return { [MEMORY.name]: { value: (await settledKiB(server.pid)) / 1024 } };
    }),
};

function compareStarts(
  context: Context,
  quantity: Quantity,
  measure: (server: Server) => Promise<Sample>,
): Promise<Table[]> {
  const candidates = [service, manyFiles, naiveNest, ...foreignPrograms(context)].map((program) => ({
    name: program.name,
    measure: async () => {
      const server = await spawnServer(program);
      try {
        return await measure(server);
      } finally {
        await server.stop();
      }
    },
  }));
  return compare(context, [quantity], candidates);
}
