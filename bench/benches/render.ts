import type { Bench, Context } from '../bench.js';
import { type Candidate, compare } from '../compare.js';
import type { RenderJob } from '../in-process/time-renders.js';
import { CODES, ENVIRONMENTS } from '../load/observations.js';
import { foreignMeasures } from '../measures.js';
import { outcomeOf } from '../processes/script.js';
import { OURS, type Quantity, type Table } from '../report/table.js';

/** 200 environments of 500 codes each. */
export const HUNDRED_THOUSAND = {
  environments: Array.from({ length: 200 }, (_, i) => `e${i}`),
  codes: Array.from({ length: 500 }, (_, i) => 100 + i),
};

const MOVED = new Map([
  [0, 'nothing has moved'],
  [0.1, 'a tenth has moved'],
  [1, 'all has moved'],
]);

const NANOSECONDS = { µs: 1e3, ms: 1e6 };

export const render: Bench = {
  name: 'render',
  title:
    'One exposition, in process, of 998 response_code and 2 response_time series and the metrics of the process',
  run: (context) => {
    const renders = context.quick ? 20 : 300;
    return compareRenders(context, 'µs', '998', {
      environments: ENVIRONMENTS,
      codes: CODES,
      renders,
      moved: [0, 1],
    });
  },
};

export const render100k: Bench = {
  name: 'render-100k',
  title: 'One exposition, in process, of 100,000 response_code series',
  run: (context) => {
    const rounds = Math.min(3, context.rounds);
    const renders = context.quick ? 1 : 7;
    const job = { ...HUNDRED_THOUSAND, renders, moved: [0, 0.1, 1] };
    return compareRenders({ ...context, rounds }, 'ms', '100000', job);
  },
};

function compareRenders(
  context: Context,
  unit: keyof typeof NANOSECONDS,
  what: string,
  job: RenderJob,
): Promise<Table[]> {
  const quantities = job.moved.map((share): Quantity => ({
    name: MOVED.get(share) ?? '',
    unit,
    better: 'less',
  }));
  const inProcess = (name: string, script: string): Candidate => ({
    name,
    measure: async () => {
      const milliseconds = await outcomeOf<number[]>(script, job, { side: 'server' });
      return Object.fromEntries(
        quantities.map((quantity, i) => [
          quantity.name,
          { value: ((milliseconds[i] ?? NaN) * NANOSECONDS.ms) / NANOSECONDS[unit] },
        ]),
      );
    },
  });
  return compare(context, quantities, [
    inProcess(OURS, 'in-process/render-service.ts'),
    inProcess('prom-client', 'in-process/render-prom-client.ts'),
    ...foreignMeasures(context, 'encode', what, quantities, NANOSECONDS[unit]),
  ]);
}
