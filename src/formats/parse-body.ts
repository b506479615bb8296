// The body of a request or a message → the candidates in it, or what of it is not JSON. Pure.
import { isUtf8 } from 'node:buffer';
import { BLANK, LINE_FEED } from '../platform/ascii.js';
import { parseJson } from './json.js';
import { printable } from '../platform/printable.js';
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
  /** What the sender may have meant. */
  hint?: string;
  /** How many of them there are. */
  broken: number;
  /** Lines that are refused with them: JSON, or not looked at any more after ten that are not. */
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

/** Names of UTF-8, and of what is a part of it. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

const MOST_EXPLAINED = 10;

/** Characters of an unknown Content-Type that are shown. */
const MOST_SHOWN = 100;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** What reads a body of this Content-Type; undefined if it is another media type or not in UTF-8. */
export function parserFor(contentType: string): Parse | undefined {
  const usual = PARSERS.get(contentType);
  if (usual) return usual;
  const type = contentType.split(';', 1).join().trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*["']?([^"';\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!CHARSETS.has(charset.toLowerCase())) return undefined;
  return /^application\/[^\s/]+\+json$/.test(type) ? parseJsonBody : PARSERS.get(type);
}

/** Why a Content-Type has no parser, and which ones do. */
export function unsupported(contentType: string): string {
  const given = contentType === '' ? 'no Content-Type' : printable(contentType.slice(0, MOST_SHOWN));
  return (
    `Content-Type must be ${JSON_TYPE} (or any application/…+json) for an object or an array, ` +
    `or ${NDJSON_TYPE} (or ${[...PARSERS.keys()].slice(2).join(', ')}) for lines, in UTF-8; it was ${given}`
  );
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
  if (fault !== undefined) {
    const hint = beginsWithLine(body) ? `; lines of JSON need the Content-Type ${NDJSON_TYPE}` : '';
    return { problems: [{ detail: fault }], hint, broken: 1, others: 0 };
  }
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

/** Whether the first line is JSON by itself, and more lines follow. */
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
