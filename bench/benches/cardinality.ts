import type { Bench } from '../bench.js';
import { compare, type Sample } from '../compare.js';
import { pushPaced, scrapeRegularly } from '../load/loads.js';
import { oneOfEach } from '../load/observations.js';
import { naiveNest, type Program, service } from '../programs.js';
import type { Quantity } from '../report/table.js';
import { served } from '../served.js';
import { type Server, startServer } from '../server.js';
import { HUNDRED_THOUSAND } from './render.js';

/** Pushes of a few observations, as services send them that report every few seconds. */
const PUSHES = { batch: 10, perSecond: 200, connections: 16 };

const QUANTITIES = new Map<'none' | 'gzip' | 'identity', Quantity>([
  ['none', { name: 'no scrapes', unit: 'ms', better: 'less' }],
  ['gzip', { name: 'a scrape a second that accepts gzip', unit: 'ms', better: 'less' }],
  ['identity', { name: 'a scrape a second that does not', unit: 'ms', better: 'less' }],
]);

export const cardinality: Bench = {
  name: 'cardinality',
  title: `99th percentile of ${PUSHES.perSecond} pushes a second, with 100,000 series`,
  run: (context) => {
    const seconds = context.quick ? 1 : 6;
    const measure = async (server: Server): Promise<Sample> => {
      const sample: Sample = {};
      for (const [scrapes, { name }] of QUANTITIES) {
        const scraped =
          scrapes === 'none'
            ? undefined
            : scrapeRegularly(server, { gzip: scrapes === 'gzip', every: 1, seconds });
        const [{ p99 }] = await Promise.all([
          pushPaced(server, { ...PUSHES, seconds, push: server.program.push }),
          scraped,
        ]);
        sample[name] = { value: p99 };
      }
      return sample;
    };
    return compare(
      { ...context, rounds: Math.min(2, context.rounds) },
      [...QUANTITIES.values()],
      [service, naiveNest].map((program) => served(program, startWithManySeries, measure)),
    );
  },
};

async function startWithManySeries(program: Program): Promise<Server> {
  const { environments, codes } = HUNDRED_THOUSAND;
  const known = [...environments, 'testing', 'production'];
  const server = await startServer(program, { variables: { ENVIRONMENTS: known.join(',') } });
  await server.fill(oneOfEach(environments, codes));
  return server;
}
