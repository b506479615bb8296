import {
  BLANK,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
} from '../../platform/ascii.js';
import { afterBlanks, closingQuote, numberAt, secondsWithUnit, statusAt, tokenEnd } from './bytes.js';
import type { Format, Line, Verdict } from './line.js';
import {
  checkTexts,
  highest,
  literal,
  type Meaning,
  merge,
  type Part,
  type Shape,
  stopOf,
} from './template-parts.js';

const COLON = 0x3a;
const PLUS = 0x2b;

interface Step {
  before: Buffer;
  shape: Shape;
  words: number;
  quoted: boolean;
  /** The text after the value; empty at the end. */
  after: Buffer;
  /** Index of its meaning in `from` and `to`, or -1. */
  slot: number;
}

const MEANINGS: readonly Meaning[] = ['status', 'seconds', 'request', 'method', 'path', 'service'];
const [STATUS, SECONDS, REQUEST, METHOD, PATH, SERVICE] = [0, 1, 2, 3, 4, 5] as const;

/**
 * A format of literals and variables. A blank in a literal matches one or more. A line may have additional fields at the
 * end.
 */
export class Template implements Format {
  private readonly steps: readonly Step[];
  private readonly tail: Buffer;
  private readonly perSecond: number;
  private readonly isSum: boolean;
  private readonly from = new Int32Array(MEANINGS.length).fill(-1);
  private readonly to = new Int32Array(MEANINGS.length);

  /** @throws {Error} that names the fault of the format */
  constructor(
    readonly name: string,
    parts: readonly Part[],
  ) {
    const chosen = new Map(MEANINGS.map((meaning) => [meaning, highest(parts, meaning)]));
    if (!chosen.get('status')) throw new Error('has no variable for the status code');
    const merged = merge(parts, (part) => part.is !== undefined && chosen.get(part.is) === part);
    this.perSecond = chosen.get('seconds')?.perSecond ?? 1;
    this.isSum = chosen.get('seconds')?.shape === 'words';
    this.steps = merged.flatMap((part, i) => {
      if (typeof part === 'string') return [];
      const [before, after] = [merged[i - 1], merged[i + 1]];
      const slot = part.is && chosen.get(part.is) === part ? MEANINGS.indexOf(part.is) : -1;
      const { shape = 'token', words = 1 } = part;
      const step = {
        before: literal(before),
        after: stopOf(after, merged[i + 2]),
        shape,
        words,
        slot,
      };
      const quoted = step.before.at(-1) === QUOTE && step.after[0] === QUOTE;
      return [{ ...step, quoted }];
    });
    this.tail = literal(merged.at(-1));
    checkTexts(merged, chosen);
  }

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const { from, to, steps } = this;
    let at = start;
    for (const step of steps) {
      const value = afterLiteral(bytes, at, end, step.before);
      if (value < 0) return 'unrecognized_line';
      at = valueEnd(bytes, value, end, step);
      if (at < 0) return 'unrecognized_line';
      if (step.slot >= 0) {
        from[step.slot] = value;
        to[step.slot] = at;
      }
    }
    at = afterLiteral(bytes, at, end, this.tail);
    if (at < 0 || (at < end && bytes[at] !== BLANK && bytes[at - 1] !== BLANK)) return 'unrecognized_line';
    const statuscode = statusAt(bytes, from[STATUS] ?? 0, to[STATUS] ?? 0);
    if (statuscode < 0) return 'unrecognized_line';
    const verdict = line.take(statuscode, this.seconds(bytes));
    if (verdict === 'request') this.takeLabels(bytes, line);
    return verdict;
  }

  private seconds(bytes: Buffer): number {
    let first = this.from[SECONDS] ?? -1;
    const last = this.to[SECONDS] ?? -1;
    if (first < 0) return NaN;
    if (bytes[first] === PLUS) first++; // HAProxy, if the line was written before the response ended
    const { perSecond, isSum } = this;
    return isSum ? sumAt(bytes, first, last) : durationAt(bytes, first, last, perSecond);
  }

  private takeLabels(bytes: Buffer, line: Line): void {
    const { from, to } = this;
    const text = (slot: number): string =>
      (from[slot] ?? -1) < 0 ? '' : bytes.toString('utf8', from[slot], to[slot]);
    if ((from[REQUEST] ?? -1) >= 0) line.takeRequest(bytes, from[REQUEST] ?? 0, to[REQUEST] ?? 0);
    if (line.wantsMethod) line.takeLabel('method', text(METHOD));
    if (line.wantsPath) line.takeLabel('path', text(PATH));
    if (line.wantsService) line.takeLabel('service', text(SERVICE));
  }
}

/** The seconds of a duration in a unit, or NaN. */
export function durationAt(bytes: Buffer, from: number, to: number, perSecond: number): number {
  return perSecond > 0 ? numberAt(bytes, from, to) / perSecond : secondsWithUnit(bytes, from, to);
}

/** The sum of seconds separated by blanks, or NaN if a part is unknown, for which AWS writes -1. */
function sumAt(bytes: Buffer, from: number, to: number): number {
  const seconds = bytes.toString('latin1', from, to).split(/ +/).map(Number);
  const micros = seconds.reduce((sum, part) => sum + (part >= 0 ? Math.round(part * 1e6) : NaN), 0);
  return micros / 1e6;
}

/** The index after a literal at `from`, or -1. */
function afterLiteral(bytes: Buffer, from: number, end: number, text: Buffer): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const expected = text[i];
    if (expected === BLANK) {
      if (at >= end || bytes[at] !== BLANK) {
        // An optional value is absent together with its blank.
        if (at === from && bytes[at - 1] === BLANK) continue;
        return -1;
      }
      while (at < end && bytes[at] === BLANK) at++;
    } else if (at < end && bytes[at] === expected) at++;
    else return -1;
  }
  return at;
}

function valueEnd(bytes: Buffer, from: number, end: number, step: Step): number {
  if (step.quoted) return closingQuote(bytes, from, end);
  switch (step.shape) {
    case 'list':
      return listEnd(bytes, from, end);
    case 'words':
      return wordsEnd(bytes, from, end, step);
    case 'bracketed':
      return bytes[from] === OPENING_BRACKET
        ? afterNext(bytes, CLOSING_BRACKET, from, end)
        : tokenEnd(bytes, from, end);
    case 'braced':
      return bytes[from] === OPENING_BRACE ? afterNext(bytes, CLOSING_BRACE, from, end) : from;
    default:
      return stopAt(bytes, from, end, step);
  }
}

/** The index after a token or text: of a literal, the slash of a path, or the end. */
function stopAt(bytes: Buffer, from: number, end: number, { after, shape }: Step): number {
  const isToken = shape !== 'text';
  const first = after.length > 0 ? after[0] : isToken ? BLANK : -1;
  if (first === BLANK && isToken) return tokenEnd(bytes, from, end);
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === first && afterLiteral(bytes, at, end, after) >= 0) return at;
    if (byte === BLANK && isToken) return -1;
  }
  return first === -1 ? end : -1;
}

function afterNext(bytes: Buffer, byte: number, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== byte) at++;
  return at < end ? at + 1 : -1;
}

/** nginx separates several upstreams by `, ` and internal redirects by ` : `. */
function listEnd(bytes: Buffer, from: number, end: number): number {
  let at = tokenEnd(bytes, from, end);
  for (;;) {
    if (bytes[at - 1] === COMMA && at < end) at = tokenEnd(bytes, at + 1, end);
    else if (bytes[at + 1] === COLON && bytes[at + 2] === BLANK && at + 3 < end)
      at = tokenEnd(bytes, at + 3, end);
    else return at;
  }
}

function wordsEnd(bytes: Buffer, from: number, end: number, step: Step): number {
  let at = from;
  for (let word = 1; word < step.words; word++) at = afterBlanks(bytes, tokenEnd(bytes, at, end), end);
  return stopAt(bytes, at, end, step);
}
