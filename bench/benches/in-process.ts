import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ROOT, run, script, WORKPLACE } from '../child.js';
import { type Bench, type Candidate, compare, type Context, OURS } from '../compare.js';
import { accessLogLines } from '../observations.js';

/** What programs printed that measure themselves, by their commands. */
const outputs = new Map<string, string>();

export const record: Bench = {
  name: 'record',
  title: 'Recording one observation, in process: it is checked, and moves response_code and response_time',
  run: (context) => {
    const milliseconds = context.quick ? '50' : '500';
    return compare(context, [
      measuring(OURS, 'record', 'service', milliseconds),
      measuring('prom-client', 'record', 'prom-client', milliseconds),
      ...foreign(context, 'record', 'labels', 1, ['one observation, ns']),
    ]);
  },
};

export const rows: Bench = {
  name: 'rows',
  title: 'A batch of 10,000 valid observations, in process: as rows, and as NDJSON that is read and recorded',
  run: (context) =>
    compare(
      context,
      [
        [OURS, 'none'],
        [`${OURS}, three lists`, 'three'],
      ].map(([name = '', lists = '']) => measuring(name, 'rows', lists, context.quick ? '50' : '500')),
    ),
};

export const render = rendering('render', 998, [0, 1]);
export const render100k = rendering('render-100k', 100_000, [0, 0.1, 1]);

export const accessLog: Bench = {
  name: 'access-log',
  title: "Reading an access log, nginx's combined with $request_time (mtail: with its start)",
  run: async (context) => {
    const lines = context.quick ? 100_000 : 1_000_000;
    const path = join(WORKPLACE, 'access.log');
    await pipeline(Readable.from(accessLogLines(lines)), createWriteStream(path));
    const candidates = [
      measuring(OURS, 'access-log', 'service', path, String(lines)),
      measuring('readline and RegExp', 'access-log', 'readline', path, String(lines)),
    ];
    const mtail = ['mtail', '-one_shot', '-progs', join(ROOT, 'bench/access.mtail'), '-logs', path];
    const measureMtail = async (): Promise<{ values: Record<string, number> }> => {
      const start = performance.now();
      await run(mtail, 'server');
      return { values: { 'lines/s': (lines / (performance.now() - start)) * 1000 } };
    };
    if (spawnSync('mtail', ['-version']).status === 0)
      candidates.push({ name: 'mtail', measure: measureMtail });
    return compare(context, candidates);
  },
};

export const logLines: Bench = {
  name: 'log-lines',
  title: 'Reading lines of access logs in memory, without recording them',
  run: (context) => {
    const lines = context.quick ? '20000' : '200000';
    return compare(context, [
      measuring(OURS, 'log-lines', 'service', lines),
      measuring('RegExp and JSON.parse', 'log-lines', 'usual', lines),
    ]);
  },
};

function rendering(name: string, series: number, moved: readonly number[]): Bench {
  return {
    name,
    title: `One page, in process, of ${series.toLocaleString('en-US')} response_code series and the process's own`,
    run: (context) => {
      const args = [context.quick ? '20' : '500', String(series), ...moved.map(String)];
      const quantities = moved.map((share) => `${share * 100} % has moved, µs`);
      return compare(context, [
        measuring(OURS, 'render', 'service', ...args),
        measuring('prom-client', 'render', 'prom-client', ...args),
        ...foreign(context, 'encode', String(series), 1_000, quantities),
      ]);
    },
  };
}

/** A script that prints its values. */
function measuring(name: string, path: string, ...args: string[]): Candidate {
  const command = script(`in-process/${path}`, ...args);
  return { name, measure: async () => ({ values: JSON.parse(await run(command, 'server')) }) };
}

/**
 * Programs that measure themselves, many times, so they run once. Each prints one figure for all quantities: such a
 * program keeps nothing from one operation that could make the next one cheaper.
 *
 * @param what the figure's name
 * @param unit the nanoseconds in the unit of the quantities
 */
function foreign(
  { measures }: Context,
  argument: 'record' | 'encode',
  what: string,
  unit: number,
  quantities: readonly string[],
): Candidate[] {
  return measures.map(({ name, command }) => ({
    name,
    measure: async () => {
      const whole = `exec ${command} ${argument}`;
      const output = outputs.get(whole) ?? (await run(['sh', '-c', whole], 'server'));
      outputs.set(whole, output);
      const figures: { what: string; ns: number }[] = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const figure = figures.find((one) => one.what === what);
      if (!figure) throw new Error(`${command} ${argument} prints no "${what}"`);
      return { values: Object.fromEntries(quantities.map((quantity) => [quantity, figure.ns / unit])) };
    },
  }));
}
