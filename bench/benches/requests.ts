import { compare, type Bench } from '../compare.js';
import { get, push } from '../load.js';
import {
  bareExpress,
  bareHttp,
  naiveNest,
  peers,
  type Program,
  service,
  withEverything,
  withLists,
} from '../programs.js';
import { served, type Server, startFilled, startServer } from '../server.js';

const SCRAPERS = 32;
const SENDERS = 8;

export const some = asking(
  'some',
  '/some',
  'GET /some',
  [service, naiveNest, bareExpress, bareHttp],
  startServer,
);

export const metrics = asking(
  'metrics',
  '/metrics',
  'GET /metrics with 998 response_code series, not compressed',
  [service, withEverything, naiveNest, bareHttp],
  startFilled,
);

export const pushes = [1_000, 100, 1].map((batch): Bench => ({
  name: batch === 1_000 ? 'push' : `push-${batch}`,
  title: `POST over ${SENDERS} connections, ${batch} a body, as NDJSON (naive Nest: JSON)`,
  run: (context) =>
    compare(
      context,
      [service, withLists, withEverything, naiveNest, bareHttp, ...peers(context)].map((program) =>
        served(program, async (server) => {
          const { perSecond, bytes, busy } = await push(server, batch, SENDERS, context.seconds);
          return { values: { 'observations/s': perSecond * batch, 'MB/s': (perSecond * bytes) / 1e6 }, busy };
        }),
      ),
    ),
}));

function asking(
  name: string,
  path: string,
  what: string,
  programs: readonly Program[],
  start: (program: Program) => Promise<Server>,
): Bench {
  return {
    name,
    title: `${what}, over ${SCRAPERS} connections`,
    run: (context) =>
      compare(
        context,
        [...programs, ...peers(context)].map((program) =>
          served(
            program,
            async (server) => {
              const { perSecond, p99, busy } = await get(server, path, SCRAPERS, context.seconds);
              return { values: { 'requests/s': perSecond, '99th percentile, ms': p99 }, busy };
            },
            start,
          ),
        ),
      ),
  };
}
