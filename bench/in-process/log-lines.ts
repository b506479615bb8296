// node log-lines.js CANDIDATE LINES: how fast lines of several kinds are read, without being recorded, or how fast regular expressions and
// JSON.parse read them.
import { LineReader } from '../../src/formats/lines/line-reader.js';
import { parseFormat } from '../../src/formats/lines/parse-format.js';
import { accessLogLines } from '../observations.js';
import { finish } from './candidates.js';

type Reading = (bytes: Buffer, start: number, end: number) => boolean;

/** Bytes that the service reads of a file at once. */
const PIECE = 256 * 1024;
const LINE_FEED = 10;
const TEMPLATE =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
const COMBINED =
  /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+) "([^"]*)" "([^"]*)" (\d+\.\d+)$/;

const [, , name, count] = process.argv;
const lines = [...accessLogLines(Number(count))].map((line) => line.trimEnd());
const json = lines.map((line) => {
  const [, remote_addr, time, request_method, request_uri, status, bytes, referer, user_agent, request_time] =
    COMBINED.exec(line) ?? [];
  return JSON.stringify({
    time,
    remote_addr,
    request_method,
    request_uri,
    status,
    bytes,
    referer,
    user_agent,
    request_time,
  });
});
const cri = lines.map((line) => `2026-11-22T13:55:36.123456789Z stdout F ${line}`);

const byRegExp: Reading = (bytes, start, end) => {
  const [, , , , , status] =
    COMBINED.exec(bytes.toString('utf8', start, end).replace(/^\S+ stdout F /, '')) ?? [];
  return status !== undefined;
};
const byJson: Reading = (bytes, start, end) => {
  const { status }: { status?: unknown } = JSON.parse(bytes.toString('utf8', start, end));
  return status !== undefined;
};
const ours = (format: string): Reading => {
  const reader = new LineReader(parseFormat(format));
  return (bytes, start, end) => reader.read(bytes, start, end) === 'request';
};
const isOurs = name === 'service';

finish({
  'combined, lines/s': measure(lines, isOurs ? ours('auto') : byRegExp),
  'declared, lines/s': measure(lines, isOurs ? ours(TEMPLATE) : byRegExp),
  'JSON, lines/s': measure(json, isOurs ? ours('auto') : byJson),
  'CRI, lines/s': measure(cri, isOurs ? ours('auto') : byRegExp),
});

/** The lines a second of processor time, the second time: the first one warms up. */
function measure(texts: readonly string[], read: Reading): number {
  const log = Buffer.from(`${texts.join('\n')}\n`);
  let microseconds = 0;
  for (let round = 0; round < 2; round++) {
    let requests = 0;
    const begun = process.cpuUsage();
    for (let from = 0; from < log.length;) {
      const piece = log.subarray(from, log.lastIndexOf(LINE_FEED, from + PIECE) + 1);
      let start = 0;
      for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
        if (read(piece, start, end)) requests++;
        start = end + 1;
      }
      from += piece.length;
    }
    const { user, system } = process.cpuUsage(begun);
    microseconds = user + system;
    if (requests < texts.length * 0.99) throw new Error(`of ${texts.length} lines, ${requests} were read`);
  }
  return (texts.length / microseconds) * 1e6;
}
