// A process of its own: pushes that arrive at a steady pace, however long the answers take, as those of many independent
// senders do. A push that finds all connections taken waits, and its wait counts.
import { percentile } from '../report/statistics.js';
import { Connection } from './connection.js';
import { bytesOf, type Push } from './requests.js';

export interface PacedJob {
  port: number;
  push: Push;
  batch: number;
  perSecond: number;
  connections: number;
  seconds: number;
}

export interface PacedOutcome {
  /** Milliseconds from arrival to answer. */
  p50: number;
  p99: number;
  max: number;
}

interface Lane {
  connection: Connection;
  /** When the push arrived that is on its way. */
  arrival: number;
}

const job: PacedJob = JSON.parse(process.argv[2] ?? '');
const requests = bytesOf(job);
const total = Math.round(job.perSecond * job.seconds);
const waiting: number[] = [];
const latencies: number[] = [];
let arrived = 0;
let sent = 0;

const lanes = Array.from({ length: job.connections }, () => {
  const lane: Lane = { connection: new Connection(job.port, () => answered(lane)), arrival: 0 };
  return lane;
});
const free = [...lanes];

const start = performance.now();
const timer = setInterval(() => {
  const now = performance.now();
  const due = Math.min(total, Math.floor(((now - start) / 1000) * job.perSecond));
  for (; arrived < due; arrived++) waiting.push(now);
  sendWaiting();
}, 1);

function sendWaiting(): void {
  while (waiting.length > 0) {
    const lane = free.shift();
    const request = requests[sent % requests.length];
    if (!lane || !request) return;
    lane.arrival = waiting.shift() ?? NaN;
    lane.connection.send(request);
    sent++;
  }
}

function answered(lane: Lane): void {
  latencies.push(performance.now() - lane.arrival);
  free.push(lane);
  sendWaiting();
  if (latencies.length === total) finish();
}

function finish(): void {
  clearInterval(timer);
  for (const { connection } of lanes) connection.end();
  const outcome: PacedOutcome = {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: Math.max(...latencies),
  };
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
