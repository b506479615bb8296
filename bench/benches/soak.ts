import { setTimeout } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { askOverAndOver, flood, scrapeRegularly } from '../load/loads.js';
import { residentKiB } from '../processes/usage.js';
import { service } from '../programs.js';
import { type Quantity, rowOf, tableOf } from '../report/table.js';
import { startServer } from '../server.js';

const MEMORY: Quantity = { name: 'resident memory', unit: 'MiB', better: 'less' };
const RATE: Quantity = { name: 'recorded', unit: 'observations/s', better: 'more' };
const SLOWEST: Quantity = { name: '99th percentile', unit: 'ms', better: 'less' };

const BATCH = 100;

export const soak: Bench = {
  name: 'soak',
  title:
    'Minutes of all that it takes, pushed by POST and over a WebSocket at once, and a scrape every 5 seconds',
  onDemand: true,
  run: async ({ minutes, quick, progress }) => {
    const minute = quick ? 1 : 60;
    const seconds = minutes * minute;
    const server = await startServer(service);
    const job = { request: { push: service.push, batch: BATCH }, connections: 8, seconds, warmup: 0 };
    const loads = Promise.all([
      askOverAndOver(server, job),
      flood(server, { batch: BATCH, seconds }),
      scrapeRegularly(server, { gzip: true, every: Math.min(5, minute), seconds }),
    ]);

    const memory = [];
    for (let passed = 1; passed <= minutes; passed++) {
      await Promise.race([loads, setTimeout(minute * 1000)]);
      const value = residentKiB(server.pid) / 1024;
      progress(`minute ${passed} of ${minutes}: ${value.toFixed(1)} MiB`);
      memory.push(rowOf(`minute ${passed}`, [{ value }]));
    }

    const [pushes, messages, scrapes] = await loads;
    return [
      tableOf(MEMORY, memory),
      tableOf(RATE, [
        rowOf('POST', [{ value: pushes.perSecond * BATCH }]),
        rowOf('WebSocket', [{ value: messages.perSecond }]),
      ]),
      tableOf(SLOWEST, [
        rowOf('pushes', [{ value: pushes.p99 }]),
        rowOf('scrapes', [{ value: scrapes.p99 }]),
      ]),
    ];
  },
};
