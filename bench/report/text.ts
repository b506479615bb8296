// Tables → text for a terminal.
import { OURS, type Row, type Table } from './table.js';

const HEADS = ['median', 'min–max', `${OURS} is`, 'CPU', 'per CPU second'];

export const LEGEND = [
  `"${OURS} is": how many times better than the candidate, below 1 worse.`,
  'CPU: the share of its processor that the server used. Below 90 % the load or the machine was the limit, and the',
  'server could do more than the figure says: ≥. What it did for each second of processor time stands beside it.',
].join('\n');

export function textOf({ quantity, rows }: Table): string {
  const oursLimited = rows.find(({ name }) => name === OURS)?.limited ?? false;
  const heads = [
    quantity.name === quantity.unit ? quantity.unit : `${quantity.name}, ${quantity.unit}`,
    ...HEADS,
  ];
  const lines = [heads, ...rows.map((row) => cellsOf(row, oursLimited))];
  const used = heads.map((_, column) => column === 0 || lines.slice(1).some((cells) => cells[column] !== ''));
  return columnsText(lines.map((cells) => cells.filter((_, column) => used[column])));
}

/** Lines of as many cells in columns, the first of which is left-aligned. */
export function columnsText(lines: readonly string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  return lines
    .map((cells) => cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('   '))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** With three significant digits, or all of them before the decimal point. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const decimals = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: Math.min(decimals, 3),
    maximumFractionDigits: Math.min(decimals, 3),
  });
}

function cellsOf(row: Row, oursLimited: boolean): string[] {
  if (row.failure !== undefined) return [row.name, '–', row.failure, '', '', ''];
  const spread = row.samples.length > 1 ? `${numberText(row.min)}–${numberText(row.max)}` : '';
  const median = `${row.limited ? '≥ ' : ''}${numberText(row.median)}`;
  const busy = row.busy === undefined ? '' : `${Math.round(row.busy * 100)} %`;
  const perCpuSecond = row.perCpuSecond === undefined ? '' : numberText(row.perCpuSecond);
  return [row.name, median, spread, ratioText(row, oursLimited), busy, perCpuSecond];
}

function ratioText({ ratio, limited }: Row, oursLimited: boolean): string {
  if (ratio === undefined) return '';
  const bound = limited === oursLimited ? (limited ? '~ ' : '') : limited ? '≤ ' : '≥ ';
  return `${bound}${numberText(ratio)}×`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
