// Prometheus' text format → samples (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4).
// Ignores comments, types and timestamps. A line that is not a sample is an error, as in Prometheus.

export interface Sample {
  /** Name and labels as they are written: the same text in each scrape. */
  series: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|(?=\}))/y;
const END = /[ \t]*\}/y;
const VALUE = /[ \t]+([^ \t]+)(?:[ \t]+-?\d+)?[ \t]*$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
]);

/** The samples of the wanted metrics, in their order. @throws {Error} if one of their lines is not a sample */
export function parseExposition(text: string, wanted: (name: string) => boolean = () => true): Sample[] {
  const samples: Sample[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const name = match(NAME, line, 0)?.[0];
    if (name !== undefined && !wanted(name)) continue;
    const sample = name === undefined ? undefined : parseSample(line, name);
    if (sample === undefined) throw new Error(`line ${index + 1}: ${JSON.stringify(line)} is not a sample`);
    samples.push(sample);
  }
  return samples;
}

function parseSample(line: string, name: string): Sample | undefined {
  const labels: Record<string, string> = {};
  let position = name.length;
  if (line[position] === '{') {
    position++;
    for (let label; (label = match(LABEL, line, position)) !== null; position += label[0].length) {
      const [, key = '', value = ''] = label;
      labels[key] = unescape(value);
    }
    const end = match(END, line, position);
    if (end === null) return undefined;
    position += end[0].length;
  }
  const value = number(match(VALUE, line, position)?.[1] ?? '');
  return value === undefined ? undefined : { series: line.slice(0, position), name, labels, value };
}

/** Matches only at a position. */
function match(sticky: RegExp, line: string, position: number): RegExpExecArray | null {
  sticky.lastIndex = position;
  return sticky.exec(line);
}

/** Parses a number like Go's ParseFloat, which accepts `nan` and `inf` in any case. Also used for the label `le`. */
export function number(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : SPECIAL.get(text.toLowerCase());
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
