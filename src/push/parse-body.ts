// A request body → the candidates in it, or what of it is not JSON. Pure.

/** What a body holds, if all of it is JSON. */
export interface Candidates {
  candidates: unknown[];
  /** In NDJSON: the number of the line, from 1, that each candidate stands in. */
  lines?: number[];
}

/** A body that is not JSON, wholly or in some lines. */
export interface NotJson {
  /** The first ten places that are not JSON. */
  problems: { line?: number; detail: string }[];
  /** How many of them there are. */
  broken: number;
  /** Lines that are refused with them: JSON, or not looked at any more after ten that are not. */
  others: number;
}

const MOST_EXPLAINED = 10;

/** Reads one JSON value: an array of candidates, or a single one. */
export function parseJsonBody(text: string): Candidates | NotJson {
  const { value, fault } = parse(text);
  if (fault !== undefined) return { problems: [{ detail: fault }], broken: 1, others: 0 };
  return { candidates: Array.isArray(value) ? value : [value] };
}

/** Reads newline-delimited JSON, one candidate a line; blank lines do not count. */
export function parseNdjsonBody(text: string): Candidates | NotJson {
  const candidates: unknown[] = [];
  const lines: number[] = [];
  const problems: NotJson['problems'] = [];
  let unread = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (problems.length === MOST_EXPLAINED) {
      unread++;
      continue;
    }
    const { value, fault } = parse(line);
    if (fault === undefined) {
      candidates.push(value);
      lines.push(index + 1);
    } else {
      problems.push({ line: index + 1, detail: fault });
    }
  }
  if (problems.length === 0) return { candidates, lines };
  return { problems, broken: problems.length, others: candidates.length + unread };
}

function parse(text: string): { value?: unknown; fault?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: error instanceof SyntaxError ? error.message : String(error) };
  }
}
