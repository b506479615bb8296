// The tables of docs/scaling.md.
import { percentile } from '../report/statistics.js';
import { columnsText } from '../report/text.js';
import { type Backlog, follow } from './autoscaling.js';
import { BATCH, LOADS, OBSERVATION, REPLICA, UTILIZATION } from './figures.js';
import { planFor } from './plan.js';
import { Random } from './random.js';
import { share } from './sharing.js';

const SEED = 20_261_123;
const RUNS = 200;

const CONNECTIONS = [30, 300, 3_000];
const GROWTHS = [1.5, 2, 3].flatMap((factor) => [10, 90].map((podSeconds) => ({ factor, podSeconds })));

const percent = (part: number): string => `${Math.round(part * 100)} %`;
const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const seconds = (value: number): string => `${value.toFixed(1)} s`;
const million = (load: number): string => `${load / 1e6} M/s`;

export function planText(): string {
  const plans = LOADS.map(planFor);
  const row = (name: string, text: (plan: (typeof plans)[number]) => string): string[] => [
    name,
    ...plans.map(text),
  ];
  return columnsText([
    row('observations', ({ load }) => million(load)),
    row('replicas', ({ replicas }) => count(replicas)),
    row('each is busy', ({ busy }) => percent(busy)),
    row('the same without a zone', ({ busyWithoutZone }) => percent(busyWithoutZone)),
    row(`messages of ${count(BATCH)}, /s`, ({ messagesPerSecond }) => count(messagesPerSecond)),
    row('as JSON, MB/s', ({ bytesPerSecond }) => count(bytesPerSecond / 1e6)),
    row('brokers', ({ brokers }) => count(brokers)),
    row('series', ({ series }) => count(series)),
    row('samples, /s', ({ samplesPerSecond }) => count(samplesPerSecond)),
  ]);
}

export function sharingText(): string {
  const random = new Random(SEED);
  const line = (name: string, things: number, replicas: number): string[] => {
    const { median, worst } = share(random, things, replicas);
    const busy = percent(UTILIZATION * worst);
    return [name, count(replicas), `${median.toFixed(2)}×`, `${worst.toFixed(2)}×`, busy];
  };
  const plans = LOADS.map(planFor);
  return columnsText([
    ['dealt out', 'replicas', 'median', '99 of 100', 'then busy'],
    ...plans.map(({ load, replicas, messagesPerSecond }) =>
      line(`${count(messagesPerSecond)} messages, ${million(load)}`, messagesPerSecond, replicas),
    ),
    ...plans
      .slice(0, 2)
      .flatMap(({ replicas }) =>
        CONNECTIONS.map((connections) => line(`${count(connections)} connections`, connections, replicas)),
      ),
  ]);
}

export function autoscalingText(): string {
  const random = new Random(SEED);
  const { load, replicas } = planFor(LOADS[1] ?? NaN);
  return columnsText([
    ['load', 'a pod takes', 'waits at most', 'in the worst run', 'as JSON', 'until it is gone', 'replicas'],
    ...GROWTHS.map(({ factor, podSeconds }) => {
      const runs = Array.from({ length: RUNS }, () => follow(random, { replicas, factor, podSeconds }));
      const median = (of: (run: Backlog) => number): number => percentile(runs.map(of), 0.5);
      const worst = Math.max(...runs.map(({ peakSeconds }) => peakSeconds));
      return [
        `× ${factor}`,
        `${podSeconds} s`,
        seconds(median(({ peakSeconds }) => peakSeconds)),
        seconds(worst),
        `${((worst * load * factor * OBSERVATION) / 1e9).toFixed(1)} GB`,
        `${count(median(({ drainedAfter }) => drainedAfter))} s`,
        count(median((run) => run.replicas)),
      ];
    }),
  ]);
}

export function reportText(): string {
  const replica = `One replica: ${count(REPLICA)} observations/s, planned for ${percent(UTILIZATION)} of it.\n`;
  return [replica, planText(), sharingText(), autoscalingText()].join('\n');
}
