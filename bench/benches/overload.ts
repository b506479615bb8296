import type { Bench } from '../bench.js';
import { compare } from '../compare.js';
import { askOverAndOver, MANY_FILES, scrapeRegularly } from '../load/loads.js';
import { residentKiB } from '../processes/usage.js';
import { service } from '../programs.js';
import type { Quantity } from '../report/table.js';
import { startServer } from '../server.js';

const RATE: Quantity = { name: 'recorded', unit: 'observations/s', better: 'more' };
const PUSH: Quantity = { name: '99th percentile of a push', unit: 'ms', better: 'less' };
const SCRAPE: Quantity = { name: '99th percentile of a scrape', unit: 'ms', better: 'less' };
const MEMORY: Quantity = { name: 'resident memory', unit: 'MiB', better: 'less' };

const BATCH = 100;

/** Senders that each push again as soon as they are answered; eight are enough to keep the service busy. */
const SENDERS = [1, 8, 64, 512, 4_096];

export const overload: Bench = {
  name: 'overload',
  title: `What gives way first when more senders push batches of ${BATCH} than can be served at once`,
  onDemand: true,
  run: async (context) => {
    const seconds = context.quick ? 1 : 15;
    const candidates = (context.quick ? SENDERS.slice(0, 2) : SENDERS).map((connections) => ({
      name: `${connections.toLocaleString('en-US')} ${connections === 1 ? 'sender' : 'senders'}`,
      measure: async () => {
        const server = await startServer(service, { openFiles: MANY_FILES });
        const job = {
          request: { push: service.push, batch: BATCH },
          connections,
          seconds,
          warmup: seconds / 3,
        };
        const [pushes, scrapes] = await Promise.all([
          askOverAndOver(server, job),
          scrapeRegularly(server, { gzip: true, every: 0.5, seconds }),
        ]);
        const sample = {
          [RATE.name]: { value: pushes.perSecond * BATCH },
          [PUSH.name]: { value: pushes.p99 },
          [SCRAPE.name]: { value: scrapes.p99 },
          [MEMORY.name]: { value: residentKiB(server.pid) / 1024 },
        };
        await server.stop();
        return sample;
      },
    }));
    return compare(
      { ...context, rounds: Math.min(3, context.rounds) },
      [RATE, PUSH, SCRAPE, MEMORY],
      candidates,
    );
  },
};
