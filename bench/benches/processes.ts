import { setTimeout } from 'node:timers/promises';
import { type Bench, compare } from '../compare.js';
import { flood, push } from '../load.js';
import { manyFiles, naiveNest, peers, service } from '../programs.js';
import { Server, startServer } from '../server.js';
import { residentKiB, settledKiB } from '../usage.js';

export const start: Bench = {
  name: 'start',
  title: 'From the start of the process to its first answer to GET /metrics, and its memory after that',
  run: (context) =>
    compare(
      context,
      [service, manyFiles, naiveNest, ...peers(context)].map((program) => ({
        name: program.name,
        measure: async () => {
          const server = await Server.start(program);
          const firstScrape = await server.firstAnswer('/metrics');
          const memory = (await settledKiB(server.pid)) / 1024;
          await server.stop();
          return { values: { 'first scrape, ms': firstScrape, 'resident memory, MiB': memory } };
        },
      })),
    ),
};

export const soak: Bench = {
  name: 'soak',
  title: 'Minutes of full load: pushes and WebSocket messages of 100 at once, and a scrape every 5 seconds',
  run: async ({ minutes, quick }) => {
    const minute = quick ? 1 : 60;
    const server = await startServer(service);
    const [batch, seconds] = [100, minutes * minute];
    const loads = Promise.all([push(server, batch, 8, seconds), flood(server, batch, seconds)]);
    const watch = async (): Promise<void> => {
      for (let second = 1; second <= seconds; second++) {
        await setTimeout(1_000);
        if (second % 5 === 0) await (await fetch(`${server.url}/metrics`)).text();
        if (second % minute !== 0) continue;
        console.log(`minute ${second / minute}: ${(residentKiB(server.pid) / 1024).toFixed(1)} MiB resident`);
      }
    };
    const [[pushes, messages]] = await Promise.all([loads, watch()]);
    const perSecond = { POST: pushes.perSecond * batch, WebSocket: messages.perSecond };
    for (const [by, rate] of Object.entries(perSecond))
      console.log(`${by}: ${Math.round(rate)} observations/s`);
  },
};
