// `npm run bench`: runs benches one after the other. Tables go to standard output, what goes on to standard error.
import type { Bench } from './bench.js';
import { BENCHES, benchesNamed } from './benches.js';
import { machine } from './machine.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { stopAll } from './processes/child.js';
import { pinThisProcess } from './processes/pinning.js';
import type { Table } from './report/table.js';
import { LEGEND, textOf } from './report/text.js';

const { options, benches } = readArguments();
const print = (text: string): void => void (options.json || process.stdout.write(text));
const results: { name: string; title: string; tables: Table[] }[] = [];
const where = machine();

pinThisProcess();
print(
  `${Object.entries(where)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}\n${LEGEND}\n`,
);
for (const bench of benches) {
  const { name, title } = bench;
  const tables = await tablesOf(bench);
  if (!tables) continue;
  results.push({ name, title, tables });
  print(`\n${name}: ${title}\n\n${tables.map(textOf).join('\n')}`);
}
if (options.json) process.stdout.write(`${JSON.stringify({ machine: where, options, benches: results })}\n`);

/** Its tables, or nothing if it fails, which fails the run. */
async function tablesOf({ name, run }: Bench): Promise<Table[] | undefined> {
  const start = performance.now();
  const progress = (text: string): void => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(3);
    process.stderr.write(`${name} ${seconds} s: ${text}\n`);
  };
  try {
    return await run({ ...options, seconds: options.quick ? 0.2 : 1.2, progress });
  } catch (error) {
    progress(String(error));
    process.exitCode = 1;
    return undefined;
  } finally {
    await stopAll();
  }
}

function readArguments(): { options: Options; benches: Bench[] } {
  try {
    const read = parseOptions(process.argv.slice(2));
    if (!read.help) return { options: read, benches: benchesNamed(read.names) };
    const list = BENCHES.map(
      ({ name, title, onDemand }) => `  ${name}: ${title}${onDemand ? ' (has to be named)' : ''}`,
    );
    process.stdout.write(`${USAGE}\n${list.join('\n')}\n`);
    return process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(1);
  }
}
