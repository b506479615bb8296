import type { Bench, Context } from '../bench.js';
import { compare } from '../compare.js';
import { askOverAndOver } from '../load/loads.js';
import { bareExpress, bareHttp, foreignPrograms, naiveNest, type Program, service } from '../programs.js';
import type { Quantity, Table } from '../report/table.js';
import { served } from '../served.js';
import { type Server, startFilled, startServer } from '../server.js';

const CONNECTIONS = 32;

const RATE: Quantity = { name: 'requests/s', unit: 'requests/s', better: 'more' };
const SLOWEST: Quantity = { name: '99th percentile', unit: 'ms', better: 'less' };

export const some: Bench = {
  name: 'some',
  title: `GET /some over ${CONNECTIONS} connections`,
  run: (context) =>
    compareRequests(context, '/some', [service, naiveNest, bareExpress, bareHttp], startServer),
};

export const metrics: Bench = {
  name: 'metrics',
  title: `GET /metrics with 998 response_code series, not compressed, over ${CONNECTIONS} connections`,
  run: (context) => compareRequests(context, '/metrics', [service, naiveNest, bareHttp], startFilled),
};

function compareRequests(
  context: Context,
  path: string,
  programs: readonly Program[],
  start: (program: Program) => Promise<Server>,
): Promise<Table[]> {
  const job = {
    request: { path },
    connections: CONNECTIONS,
    seconds: context.seconds,
    warmup: context.seconds / 4,
  };
  const candidates = [...programs, ...foreignPrograms(context)].map((program) =>
    served(program, start, async (server) => {
      const { perSecond, p99, busy } = await askOverAndOver(server, job);
      return { [RATE.name]: { value: perSecond, busy }, [SLOWEST.name]: { value: p99 } };
    }),
  );
  return compare(context, [RATE, SLOWEST], candidates);
}
