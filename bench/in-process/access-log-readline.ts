// The way that comes to mind first: readline and a regular expression, counting in plain arrays.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { tally } from '../peers/tally.js';
import type { AccessLogJob } from './access-log-job.js';

const COMBINED = /^\S+ \S+ \S+ \[[^\]]+\] "[^"]*" (\d{3}) \d+ "[^"]*" "[^"]*" (\d+\.\d+)$/;

const { path, lines }: AccessLogJob = JSON.parse(process.argv[2] ?? '');
const start = performance.now();
let recorded = 0;
for await (const line of createInterface({ input: createReadStream(path) })) {
  const [, statuscode, seconds] = COMBINED.exec(line) ?? [];
  if (tally({ env: 'production', statuscode: Number(statuscode), seconds: Number(seconds) })) recorded++;
}
const seconds = (performance.now() - start) / 1000;

if (recorded !== lines) throw new Error(`of ${lines} lines, ${recorded} were recorded`);
process.stdout.write(`${JSON.stringify({ seconds })}\n`);
