// A process of its own: scrapes at regular intervals, as Prometheus makes them, for a number of seconds.
import { setTimeout } from 'node:timers/promises';
import { percentile } from '../report/statistics.js';
import { Connection } from './connection.js';
import { bytesOf } from './requests.js';

export interface ScrapesJob {
  port: number;
  gzip: boolean;
  /** Seconds from the beginning of a scrape to that of the next, if that is not late. */
  every: number;
  seconds: number;
}

export interface ScrapesOutcome {
  scrapes: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const job: ScrapesJob = JSON.parse(process.argv[2] ?? '');
const [request = Buffer.alloc(0)] = bytesOf({ path: '/metrics', gzip: job.gzip });
const latencies: number[] = [];
let answered: (milliseconds: number) => void = () => {};
const connection = new Connection(job.port, (milliseconds) => answered(milliseconds));

const end = performance.now() + job.seconds * 1000;
for (let next = performance.now(); next < end; next += job.every * 1000) {
  await setTimeout(Math.max(0, next - performance.now()));
  latencies.push(
    await new Promise<number>((resolve) => {
      answered = resolve;
      connection.send(request);
    }),
  );
}
connection.end();

const outcome: ScrapesOutcome = {
  scrapes: latencies.length,
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);
