// A process of its own: as many requests as a server answers over some connections, each of which waits for its answer.
import { percentile } from '../report/statistics.js';
import { cpuSeconds } from '../processes/usage.js';
import { Connection } from './connection.js';
import { bytesOf, type Request } from './requests.js';

export interface HttpJob {
  /** The server's process. */
  pid: number;
  port: number;
  request: Request;
  connections: number;
  /** How long is measured, after the warm-up. */
  seconds: number;
  warmup: number;
}

export interface HttpOutcome {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** The share of its processor that the server used. */
  busy: number | undefined;
  /** All answers, those of the warm-up too. */
  answers: number;
}

const job: HttpJob = JSON.parse(process.argv[2] ?? '');
const requests = bytesOf(job.request);
const latencies: number[] = [];
const beginning = performance.now() + job.warmup * 1000;
const end = beginning + job.seconds * 1000;
let begun: { at: number; cpu: number | undefined } | undefined;
let outcome: Omit<HttpOutcome, 'answers'> | undefined;
let sent = 0;
let answers = 0;

for (let i = 0; i < job.connections; i++) {
  const connection: Connection = new Connection(job.port, (milliseconds) =>
    answered(connection, milliseconds),
  );
  send(connection);
}

function answered(connection: Connection, milliseconds: number): void {
  answers++;
  const now = performance.now();
  if (begun) latencies.push(milliseconds);
  else if (now >= beginning) begun = { at: now, cpu: cpuSeconds(job.pid) };
  if (now < end) return send(connection);
  outcome ??= outcomeAt(now);
  connection.end();
  if (sent === answers) process.stdout.write(`${JSON.stringify({ ...outcome, answers })}\n`);
}

function send(connection: Connection): void {
  const request = requests[sent++ % requests.length];
  if (request) connection.send(request);
}

function outcomeAt(now: number): Omit<HttpOutcome, 'answers'> {
  if (!begun) throw new Error('the warm-up took longer than all the time there was');
  const seconds = (now - begun.at) / 1000;
  const cpu = cpuSeconds(job.pid);
  return {
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    busy: cpu === undefined || begun.cpu === undefined ? undefined : (cpu - begun.cpu) / seconds,
  };
}
