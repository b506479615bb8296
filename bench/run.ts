// `npm run bench`: runs benches one after the other. Tables go to standard output, progress to standard error.
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { accessLog, logLines, record, render, render100k, rows } from './benches/in-process.js';
import { soak, start } from './benches/processes.js';
import { metrics, pushes, some } from './benches/requests.js';
import { floods, idleClients } from './benches/websockets.js';
import { killAll, PINNING, pinThisProcess, ROOT } from './child.js';
import { type Bench, OURS } from './compare.js';
import { type Options, parseOptions, USAGE } from './options.js';

const BENCHES = [
  record,
  rows,
  render,
  render100k,
  metrics,
  some,
  ...floods,
  ...pushes,
  accessLog,
  logLines,
  idleClients,
  start,
  soak,
];

const { benches, options } = readArguments();
// One candidate has a certificate of the tests, which is self-signed.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
pinThisProcess();
console.log(`${new Date().toISOString()}, ${OURS} ${commit()}, Node.js ${process.version}, Linux ${release()}
${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} processors: ${PINNING}

CPU %: how busy the server kept its processor. Below 90, the load or the machine was the limit: go by the rate per
second of processor time.`);
for (const { name, title, run } of benches) {
  console.log(`\n${name}: ${title}`);
  const started = performance.now();
  const progress = (text: string): void => {
    console.error(`${name} ${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`);
  };
  try {
    await run({ ...options, seconds: options.quick ? 1 : 2, progress });
  } catch (error) {
    progress(String(error));
    process.exitCode = 1;
  } finally {
    await killAll();
  }
}

function readArguments(): { benches: Bench[]; options: Options } {
  try {
    const read = parseOptions(process.argv.slice(2));
    if (read.help) {
      console.log([USAGE, ...BENCHES.map(({ name, title }) => `  ${name}: ${title}`)].join('\n'));
      return process.exit();
    }
    const unknown = read.names.find((name) => BENCHES.every((bench) => bench.name !== name));
    if (unknown !== undefined) {
      throw new Error(`no bench ${unknown}, only ${BENCHES.map(({ name }) => name).join(', ')}`);
    }
    const isWanted = ({ name }: Bench): boolean =>
      read.names.length > 0 ? read.names.includes(name) : name !== soak.name;
    return { options: read, benches: BENCHES.filter(isWanted) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(1);
  }
}

/** The commit that is measured, if this is a git repository. */
function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
