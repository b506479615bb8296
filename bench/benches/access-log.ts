import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { type Candidate, compare } from '../compare.js';
import type { AccessLogJob } from '../in-process/access-log-job.js';
import { writeAccessLog } from '../load/access-log.js';
import { ROOT, WORKPLACE } from '../paths.js';
import { Child } from '../processes/child.js';
import { outcomeOf } from '../processes/script.js';
import { OURS, type Quantity } from '../report/table.js';

const RATE: Quantity = { name: 'lines/s', unit: 'lines/s', better: 'more' };

export const accessLog: Bench = {
  name: 'access-log',
  title: "Reading an access log, nginx's combined with $request_time (mtail: with its start)",
  run: async (context) => {
    const job: AccessLogJob = {
      path: join(WORKPLACE, 'generated.log'),
      lines: context.quick ? 100_000 : 1_000_000,
    };
    context.progress(`writing ${job.lines} lines`);
    await writeAccessLog(job.path, job.lines);
    const candidates = [
      inProcess(OURS, 'in-process/access-log-service.ts', job),
      inProcess('readline and RegExp', 'in-process/access-log-readline.ts', job),
    ];
    if (spawnSync('mtail', ['-version']).status === 0) candidates.push(mtail(job));
    return compare({ ...context, rounds: Math.min(3, context.rounds) }, [RATE], candidates);
  },
};

function inProcess(name: string, script: string, job: AccessLogJob): Candidate {
  return {
    name,
    measure: async () => {
      const { seconds } = await outcomeOf<{ seconds: number }>(script, job, { side: 'server' });
      return { [RATE.name]: { value: job.lines / seconds } };
    },
  };
}

function mtail({ path, lines }: AccessLogJob): Candidate {
  const command = ['mtail', '-one_shot', '-progs', join(ROOT, 'bench/access.mtail'), '-logs', path];
  return {
    name: 'mtail',
    measure: async () => {
      const start = performance.now();
      await new Child(command, { side: 'server' }).succeeded();
      return { [RATE.name]: { value: lines / ((performance.now() - start) / 1000) } };
    },
  };
}
