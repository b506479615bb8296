import { CARRIAGE_RETURN, LINE_FEED } from '../../platform/ascii.js';
import { printable } from '../../platform/printable.js';
import type { MakeFormat } from './line.js';
import { LineReader } from './line-reader.js';

/** How many of the first lines that were not understood are shown, and how many characters of each. */
const SHOWN_LINES = 5;
const SHOWN_CHARACTERS = 200;

const HEADER = ['lines', 'status', 'seconds', 'service', 'method', 'path', 'format'];

/** Descriptions of all verdicts but `request`. */
const OUTCOMES: Readonly<Record<string, string>> = {
  skipped: 'skipped: not a request',
  invalid_statuscode: 'rejected: the status is not from 100 to 599',
  unrecognized_line: 'rejected: not understood',
  not_json: 'rejected: begins like JSON but is not',
  line_too_long: 'rejected: too long',
};

/**
 * Explains how the lines of a log are read: a table with one row for each kind of line, with the values of its first line, then
 * the first lines that were not understood.
 */
export function explainLines(log: Buffer, make: MakeFormat): { text: string; understood: boolean } {
  const reader = new LineReader(make, ['service', 'method', 'path']);
  const requests = new Map<string, { count: number; row: string[] }>();
  const others = new Map<string, number>();
  const strange: string[] = [];
  const skipped: string[] = [];
  for (const [start, end] of linesOf(log)) {
    const verdict = reader.read(log, start, end);
    if (verdict === 'request') {
      const { statuscode, seconds, service = '-', method = '-', path = '-' } = reader.line;
      const format = reader.formatName ?? '-';
      const kind = JSON.stringify([statuscode, seconds >= 0, method, service, format]);
      const known = requests.get(kind);
      if (known) known.count++;
      else {
        const values = [statuscode, Number.isNaN(seconds) ? '-' : seconds, service, method, path, format];
        requests.set(kind, { count: 1, row: values.map((value) => shown(String(value))) });
      }
    } else {
      others.set(verdict, (others.get(verdict) ?? 0) + 1);
      const isStrange = verdict === 'unrecognized_line' || verdict === 'not_json';
      const samples = isStrange ? strange : skipped;
      if ((isStrange || verdict === 'skipped') && samples.length < SHOWN_LINES)
        samples.push(log.toString('utf8', start, end));
    }
  }
  const rows = [...requests.values()]
    .toSorted((a, b) => b.count - a.count)
    .map(({ count, row }) => [String(count)].concat(row));
  // If the format is unknown, all lines of a container are skipped.
  const samples = strange.length > 0 || rows.length > 0 ? strange : skipped;
  const text = [
    ...(rows.length > 0 ? aligned([HEADER, ...rows]) : ['No line looks like a request.']),
    ...[...others].map(([verdict, count]) => `${count} ${OUTCOMES[verdict] ?? verdict}`),
    ...(samples.length > 0
      ? ['', 'The first lines that are not understood (ACCESS_LOG_FORMAT can declare their format):']
      : []),
    ...samples.map((line) => printable(line.slice(0, SHOWN_CHARACTERS))),
  ];
  return { text: `${text.join('\n')}\n`, understood: rows.length > 0 };
}

function* linesOf(log: Buffer): Generator<[start: number, end: number]> {
  for (let start = 0; start < log.length;) {
    const lineFeed = log.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? log.length : lineFeed;
    yield [start, end > start && log[end - 1] === CARRIAGE_RETURN ? end - 1 : end];
    start = end + 1;
  }
}

/** Quotes a value that could break the table. */
function shown(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return /^[\x21-\x7e…]+$/.test(short) ? short : printable(short);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((value, column) =>
        column === 0 ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
