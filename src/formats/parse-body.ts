// The body of a request or a message → the candidates in it, or what of it is not JSON. Pure.
import { isUtf8 } from 'node:buffer';
import { LINE_FEED } from '../platform/ascii.js';
import { parseJson } from './json.js';
import type { Batch } from '../recording/batch.js';
import type { ObservationScanner } from './scanner.js';

/** What a body holds, if all of it is JSON. */
export interface Candidates {
  candidates: readonly unknown[] | Batch;
  /** In NDJSON, where any may be at fault: the number of the line, from 1, that each candidate stands in. */
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

export type Parse = (body: Buffer, scanner: ObservationScanner) => Candidates | NotJson;

const PARSERS: ReadonlyMap<string, Parse> = new Map([
  ['application/json', parseJsonBody],
  ['application/x-ndjson', parseNdjsonBody],
]);

/** The media types that a body may have. */
export const MEDIA_TYPES: readonly string[] = [...PARSERS.keys()];

const MOST_EXPLAINED = 10;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** What reads a body of this Content-Type; undefined if it is another media type or not in UTF-8. */
export function parserFor(contentType: string): Parse | undefined {
  const usual = PARSERS.get(contentType);
  if (usual) return usual;
  const [type = ''] = contentType.split(';', 1);
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  return charset.toLowerCase() === 'utf-8' ? PARSERS.get(type.trim().toLowerCase()) : undefined;
}

/** The text of a body, in UTF-8 without a byte order mark; undefined if it is not UTF-8. */
export function textOf(body: Buffer): Buffer | undefined {
  if (!isUtf8(body)) return undefined;
  return body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? body.subarray(BYTE_ORDER_MARK.length)
    : body;
}

/** Reads one JSON value, in UTF-8: an array of candidates, or a single one. */
export function parseJsonBody(body: Buffer, scanner: ObservationScanner): Candidates | NotJson {
  const text = scanner.read(body);
  const observations = text.all();
  if (observations && text.end === body.length) return { candidates: observations };
  const { value, fault } = parseJson(body);
  if (fault !== undefined) return { problems: [{ detail: fault }], broken: 1, others: 0 };
  return { candidates: Array.isArray(value) ? value : [value] };
}

/** Reads newline-delimited JSON, in UTF-8, one candidate a line; blank lines do not count. */
export function parseNdjsonBody(body: Buffer, scanner: ObservationScanner): Candidates | NotJson {
  const observations = scanner.read(body).lines();
  if (observations) return { candidates: observations };
  const candidates: unknown[] = [];
  const lines: number[] = [];
  const problems: NotJson['problems'] = [];
  let unread = 0;
  for (let line = 1, start = 0, end; start <= body.length; line++, start = end + 1) {
    end = endOfLine(body, start);
    const text = body.subarray(start, end);
    if (isBlank(text)) continue;
    if (problems.length === MOST_EXPLAINED) {
      unread++;
      continue;
    }
    const { value, fault } = parseJson(text);
    if (fault === undefined) {
      candidates.push(value);
      lines.push(line);
    } else {
      problems.push({ line, detail: fault });
    }
  }
  if (problems.length === 0) return { candidates, lines };
  return { problems, broken: problems.length, others: candidates.length + unread };
}

function endOfLine(body: Buffer, start: number): number {
  const end = body.indexOf(LINE_FEED, start);
  return end < 0 ? body.length : end;
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || line.toString().trim() === '';
}
