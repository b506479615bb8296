import type { Bench } from '../bench.js';
import { type Candidate, compare } from '../compare.js';
import type { RecordJob } from '../in-process/time-records.js';
import { foreignMeasures } from '../measures.js';
import { outcomeOf } from '../processes/script.js';
import { OURS, type Quantity } from '../report/table.js';

const COST: Quantity = { name: 'one observation', unit: 'ns', better: 'less' };

export const record: Bench = {
  name: 'record',
  title: 'Recording one observation, in process: it is checked, and moves response_code and response_time',
  run: (context) => {
    const job: RecordJob = { operations: context.quick ? 100_000 : 1_000_000 };
    const inProcess = (name: string, script: string): Candidate => ({
      name,
      measure: async () => {
        const { nanoseconds } = await outcomeOf<{ nanoseconds: number }>(script, job, { side: 'server' });
        return { [COST.name]: { value: nanoseconds } };
      },
    });
    return compare(
      context,
      [COST],
      [
        inProcess(OURS, 'in-process/record-service.ts'),
        inProcess('prom-client', 'in-process/record-prom-client.ts'),
        ...foreignMeasures(context, 'record', 'labels', [COST], 1),
      ],
    );
  },
};
