import type { Bench } from '../bench.js';
import { compare, type Sample } from '../compare.js';
import { recordingAll } from '../exact.js';
import { askOverAndOver } from '../load/loads.js';
import { bareHttp, foreignPrograms, naiveNest, service } from '../programs.js';
import type { Quantity } from '../report/table.js';
import { served } from '../served.js';
import { type Server, startServer } from '../server.js';

const CONNECTIONS = 8;

const BATCHES = new Map<number, Quantity>(
  [1, 100, 1_000].map((batch) => [
    batch,
    { name: `bodies of ${batch.toLocaleString('en-US')}`, unit: 'observations/s', better: 'more' },
  ]),
);

export const push: Bench = {
  name: 'push',
  title: `Observations by POST over ${CONNECTIONS} connections, as NDJSON (naive Nest: JSON)`,
  run: (context) => {
    // Three sizes share the time that other benches have for one.
    const seconds = context.seconds / 2;
    const measure = async (server: Server): Promise<Sample> => {
      const sample: Sample = {};
      for (const [batch, { name }] of BATCHES) {
        const request = { push: server.program.push, batch };
        const job = { request, connections: CONNECTIONS, seconds, warmup: seconds / 4 };
        const { perSecond, busy } = await recordingAll(server, 'http', async () => {
          const outcome = await askOverAndOver(server, job);
          return { ...outcome, observations: outcome.answers * batch };
        });
        sample[name] = { value: perSecond * batch, busy };
      }
      return sample;
    };
    const programs = [service, naiveNest, bareHttp, ...foreignPrograms(context)];
    return compare(
      context,
      [...BATCHES.values()],
      programs.map((program) => served(program, startServer, measure)),
    );
  },
};
