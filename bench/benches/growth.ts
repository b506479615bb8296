import type { Bench, Context } from '../bench.js';
import { type Candidate, compare } from '../compare.js';
import type { RenderJob } from '../in-process/time-renders.js';
import { askOverAndOver, connectIdle, MANY_FILES } from '../load/loads.js';
import type { Request } from '../load/requests.js';
import { outcomeOf } from '../processes/script.js';
import { service } from '../programs.js';
import type { Quantity, Table } from '../report/table.js';
import { type Server, startServer } from '../server.js';
import { HUNDRED_THOUSAND } from './render.js';

const RENDER: Quantity = { name: 'one exposition, all of it moved', unit: 'µs', better: 'less' };
const SCRAPE: Quantity = { name: 'one scrape', unit: 'µs', better: 'less' };
const PUSH: Quantity = { name: 'one push', unit: 'µs', better: 'less' };
const PUSHED: Quantity = { name: 'one pushed observation', unit: 'µs', better: 'less' };

/** Of all codes of so many environments; the known codes of an environment are always there. */
const SERIES = [
  { name: '500 series', environments: 1 },
  { name: '1,000 series', environments: 2 },
  { name: '10,000 series', environments: 20 },
  { name: '100,000 series', environments: 200 },
];

const CLIENTS = [0, 100, 1_000, 10_000];

/** The last is a body of nearly 1 MiB. */
const BATCHES = [1, 10, 100, 1_000, 16_000];

export const growth: Bench = {
  name: 'growth',
  title: 'What it costs service-collector if there is more of something',
  run: async (context) => {
    const rounds = Math.min(3, context.rounds);
    const few = { ...context, rounds };
    return [
      ...(await compare(few, [RENDER], SERIES.map(rendering))),
      ...(await scrapesByClients(few)),
      ...(await pushesByBatch(few)),
    ];
  },
};

function rendering({ name, environments }: (typeof SERIES)[number]): Candidate {
  const job: RenderJob = {
    environments: HUNDRED_THOUSAND.environments.slice(0, environments),
    codes: HUNDRED_THOUSAND.codes,
    renders: Math.ceil(1_000 / environments),
    moved: [1],
  };
  return {
    name,
    measure: async () => {
      const [milliseconds = NaN] = await outcomeOf<number[]>('in-process/render-service.ts', job, {
        side: 'server',
      });
      return { [RENDER.name]: { value: milliseconds * 1000 } };
    },
  };
}

async function scrapesByClients(context: Context): Promise<Table[]> {
  const server = await startServer(service, { openFiles: MANY_FILES });
  const counts = context.quick ? CLIENTS.slice(0, 2) : CLIENTS;
  const candidates = counts.map((clients) => ({
    name: `${clients.toLocaleString('en-US')} clients`,
    measure: async () => {
      const load = clients > 0 ? await connectIdle(server, clients) : undefined;
      const value = await microseconds(server, { path: '/metrics' }, context.seconds);
      await load?.stop();
      return { [SCRAPE.name]: { value } };
    },
  }));
  return compare(context, [SCRAPE], candidates);
}

async function pushesByBatch(context: Context): Promise<Table[]> {
  const server = await startServer(service);
  const candidates = BATCHES.map((batch) => ({
    name: `${batch.toLocaleString('en-US')} ${batch === 1 ? 'observation' : 'observations'}`,
    measure: async () => {
      const value = await microseconds(server, { push: service.push, batch }, context.seconds);
      return { [PUSH.name]: { value }, [PUSHED.name]: { value: value / batch } };
    },
  }));
  return compare(context, [PUSH, PUSHED], candidates);
}

/** The median of requests one after the other. */
async function microseconds(server: Server, request: Request, seconds: number): Promise<number> {
  const job = { request, connections: 1, seconds, warmup: seconds / 2 };
  return (await askOverAndOver(server, job)).p50 * 1000;
}
