// The body of a request or message → its candidates, or the parts that are not JSON. Pure.
import { isUtf8 } from 'node:buffer';
import { BLANK, LINE_FEED } from '../platform/ascii.js';
import { parseJson } from './json.js';
import { printable } from '../platform/printable.js';
import type { Batch } from '../recording/batch.js';
import type { ObservationScanner } from './scanner.js';

/** The contents of a body that is JSON throughout. */
export interface Candidates {
  candidates: readonly unknown[] | Batch;
  /** In NDJSON, for error messages: the line number of each candidate, from 1. */
  lines?: number[];
}

/** A body that is not JSON, as a whole or in some lines. */
export interface NotJson {
  /** The first ten problems. */
  problems: { line?: number; detail: string }[];
  /** What the sender may have intended. */
  hint?: string;
  /** The number of problems. */
  broken: number;
  /** Other refused lines: valid ones, or lines after the tenth problem, which are not examined. */
  others: number;
}

export type Parse = (body: Buffer, scanner: ObservationScanner) => Candidates | NotJson;

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';

const PARSERS: ReadonlyMap<string, Parse> = new Map([
  [JSON_TYPE, parseJsonBody],
  [NDJSON_TYPE, parseNdjsonBody],
  ['application/ndjson', parseNdjsonBody],
  ['application/jsonl', parseNdjsonBody],
  ['application/x-jsonlines', parseNdjsonBody],
]);

/** Names of UTF-8 and its subset ASCII. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

const MOST_EXPLAINED = 10;

/** Most characters of an unknown Content-Type that are shown. */
const MOST_SHOWN = 100;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The parser for a Content-Type; undefined if the media type or charset is not supported. */
export function parserFor(contentType: string): Parse | undefined {
  const usual = PARSERS.get(contentType);
  if (usual) return usual;
  const type = contentType.split(';', 1).join().trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*["']?([^"';\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!CHARSETS.has(charset.toLowerCase())) return undefined;
  return /^application\/[^\s/]+\+json$/.test(type) ? parseJsonBody : PARSERS.get(type);
}

/** The error message for a Content-Type without a parser. */
export function unsupported(contentType: string): string {
  const given = contentType === '' ? 'no Content-Type' : printable(contentType.slice(0, MOST_SHOWN));
  return (
    `Content-Type must be ${JSON_TYPE} (or any application/…+json) for an object or an array, ` +
    `or ${NDJSON_TYPE} (or ${[...PARSERS.keys()].slice(2).join(', ')}) for lines, in UTF-8; it was ${given}`
  );
}

/** The text of a body without a byte order mark; undefined if it is not UTF-8. */
export function textOf(body: Buffer): Buffer | undefined {
  if (!isUtf8(body)) return undefined;
  return body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? body.subarray(BYTE_ORDER_MARK.length)
    : body;
}

/** Parses one JSON value in UTF-8: an array of candidates, or a single one. */
export function parseJsonBody(body: Buffer, scanner: ObservationScanner): Candidates | NotJson {
  const text = scanner.read(body);
  const observations = text.all();
  if (observations && text.end === body.length) return { candidates: observations };
  const { value, fault } = parseJson(body);
  if (fault !== undefined) {
    const hint = beginsWithLine(body) ? `; lines of JSON need the Content-Type ${NDJSON_TYPE}` : '';
    return { problems: [{ detail: fault }], hint, broken: 1, others: 0 };
  }
  return { candidates: Array.isArray(value) ? value : [value] };
}

/** Parses newline-delimited JSON in UTF-8: one candidate per line. Blank lines are ignored. */
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

/** Whether the first line is JSON, and more lines follow. */
function beginsWithLine(body: Buffer): boolean {
  const start = body.findIndex((byte) => byte > BLANK);
  const end = body.indexOf(LINE_FEED, Math.max(0, start));
  return end >= 0 && parseJson(body.subarray(start, end)).fault === undefined;
}

function endOfLine(body: Buffer, start: number): number {
  const end = body.indexOf(LINE_FEED, start);
  return end < 0 ? body.length : end;
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || line.toString().trim() === '';
}
