// node access-log.js CANDIDATE PATH LINES: how fast a log is read that appears at the path that the service follows, or
// how fast the first way that comes to mind reads it: readline and a regular expression.
import { createReadStream, linkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AccessLogService } from '../../src/sources/files/access-log.service.js';
import { Exporter } from '../../src/exposition/exporter.js';
import { tally } from '../peers/tally.js';
import { application, finish } from './candidates.js';

interface Outcome {
  recorded: number;
  milliseconds: number;
}

const COMBINED = /^\S+ \S+ \S+ \[[^\]]+\] "[^"]*" (\d{3}) \d+ "[^"]*" "[^"]*" (\d+\.\d+)$/;

const [, , name, path = '', count] = process.argv;
const lines = Number(count);
const outcome = await (name === 'readline' ? readline() : followed());
if (outcome.recorded !== lines) throw new Error(`of ${lines} lines, ${outcome.recorded} were recorded`);
finish({ 'lines/s': (lines / outcome.milliseconds) * 1000 });

async function readline(): Promise<Outcome> {
  const start = performance.now();
  let recorded = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, statuscode, seconds] = COMBINED.exec(line) ?? [];
    if (tally({ env: 'production', statuscode: Number(statuscode), seconds: Number(seconds) })) recorded++;
  }
  return { recorded, milliseconds: performance.now() - start };
}

async function followed(): Promise<Outcome> {
  const link = `${path}.${process.pid}`;
  const app = await application({ ACCESS_LOGS: `production=${link}`, ACCESS_LOG_START: 'beginning' });
  const source = app.get(AccessLogService, { strict: false });
  const exporter = app.get(Exporter, { strict: false });
  const recorded = async (): Promise<number> => {
    const page = (await exporter.render()).bytes.toString();
    return Number(/^service_collector_observations_total\{source="access_log"\} (\d+)$/m.exec(page)?.[1]);
  };
  await source.poll();
  const start = performance.now();
  linkSync(path, link);
  // A poll that began before the file was there sees nothing of it.
  for (let poll = 0; poll < 3 && (await recorded()) < lines; poll++) await source.poll();
  const milliseconds = performance.now() - start;
  return { recorded: await recorded(), milliseconds };
}
