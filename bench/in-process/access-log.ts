// node access-log.js CANDIDATE PATH LINES: how fast a log is read that appears at the path that the service follows, or
// how fast the first way that comes to mind reads it: readline and a regular expression.
import { copyFileSync, createReadStream, renameSync, unlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AccessLogService } from '../../src/sources/files/access-log.service.js';
import { Exporter } from '../../src/exposition/exporter.js';
import { tally } from '../peers/tally.js';
import { application, finish } from './candidates.js';

interface Outcome {
  recorded: number;
  milliseconds: number;
  /** Milliseconds of processor time. */
  cpu: number;
}

const COMBINED = /^\S+ \S+ \S+ \[[^\]]+\] "[^"]*" (\d{3}) \d+ "[^"]*" "[^"]*" (\d+\.\d+)$/;

const [, , name, path = '', count] = process.argv;
const lines = Number(count);
const outcome = await (name === 'readline' ? measured(readline) : followed());
if (outcome.recorded !== lines) throw new Error(`of ${lines} lines, ${outcome.recorded} were recorded`);
finish({
  'lines/s': (lines / outcome.milliseconds) * 1000,
  'lines a CPU second, /s': (lines / outcome.cpu) * 1000,
});

async function readline(): Promise<number> {
  let recorded = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, statuscode, seconds] = COMBINED.exec(line) ?? [];
    if (tally({ env: 'production', statuscode: Number(statuscode), seconds: Number(seconds) })) recorded++;
  }
  return recorded;
}

/** The second log of the same lines: the first one warms up. */
async function followed(): Promise<Outcome> {
  const logs = [1, 2].map((place) => `${path}.${process.pid}.${place}`);
  const list = logs.map((log) => `production=${log}`).join();
  const app = await application({ ACCESS_LOGS: list, ACCESS_LOG_START: 'beginning' });
  const source = app.get(AccessLogService, { strict: false });
  const exporter = app.get(Exporter, { strict: false });
  const recorded = async (): Promise<number> => {
    const page = (await exporter.render()).bytes.toString();
    return Number(/^service_collector_observations_total\{source="access_log"\} (\d+)$/m.exec(page)?.[1]);
  };
  await source.poll();
  let last: Outcome = { recorded: 0, milliseconds: NaN, cpu: NaN };
  for (const log of logs) {
    const before = await recorded();
    copyFileSync(path, `${log}.copy`);
    last = await measured(async () => {
      renameSync(`${log}.copy`, log);
      // A poll that began before the file was there sees nothing of it.
      for (let poll = 0; poll < 3 && (await recorded()) - before < lines; poll++) await source.poll();
      return (await recorded()) - before;
    });
    unlinkSync(log);
  }
  return last;
}

async function measured(read: () => Promise<number>): Promise<Outcome> {
  const [start, begun] = [performance.now(), process.cpuUsage()];
  const recorded = await read();
  const { user, system } = process.cpuUsage(begun);
  return { recorded, milliseconds: performance.now() - start, cpu: (user + system) / 1000 };
}
