import { BLANK } from '../../platform/ascii.js';
import { MOST_SECONDS } from '../../recording/observation.js';
import { afterBlanks, startsWith } from './bytes.js';

/**
 * What a line turned out to be. `skipped` tells of no request: an application's own message, a header, a part of a line.
 * All others but `request` are reasons why an observation is rejected.
 */
export type Verdict =
  'request' | 'skipped' | 'invalid_statuscode' | 'unrecognized_line' | 'not_json' | 'line_too_long';

export type Label = 'service' | 'method' | 'path';

/** Reads lines of one format. It may remember things about its file, so each file has its own. */
export interface Format {
  /** For people: which format it is, or took. */
  readonly name: string;
  /** Reads the bytes from `start` up to `end`, without a line break. Only for `request` does it fill in `line`. */
  read(bytes: Buffer, start: number, end: number, line: Line): Verdict;
}

/** Makes the format for one file. */
export type MakeFormat = () => Format;

/** What the line that was read last says. One instance is filled in again for each line. */
export class Line {
  statuscode = 0;
  /** NaN if the line does not tell, or not for certain. */
  seconds = NaN;
  method: string | undefined;
  /** A path or URL, as the writer has it. */
  path: string | undefined;
  service: string | undefined;
  readonly wantsMethod: boolean;
  readonly wantsPath: boolean;
  readonly wantsService: boolean;

  /** @param wanted the labels that are read; making text of them takes time */
  constructor(wanted: readonly Label[] = []) {
    this.wantsMethod = wanted.includes('method');
    this.wantsPath = wanted.includes('path');
    this.wantsService = wanted.includes('service');
  }

  /** Takes a status as `statusAt` returns it, and a duration, which is left out if it cannot be one. */
  take(statuscode: number, seconds: number): Verdict {
    if (statuscode === 0) return 'invalid_statuscode';
    this.statuscode = statuscode;
    this.takeSeconds(seconds);
    this.method = undefined;
    this.path = undefined;
    this.service = undefined;
    return 'request';
  }

  takeSeconds(seconds: number): void {
    this.seconds = seconds >= 0 && seconds <= MOST_SECONDS ? seconds : NaN;
  }

  /** Takes method and path from `GET /a HTTP/1.1`. What is not of that shape, such as the bytes of a TLS handshake, has none. */
  takeRequest(bytes: Buffer, from: number, to: number): void {
    if (!this.wantsMethod && !this.wantsPath) return;
    const first = bytes[from] === ESCAPE ? afterColours(bytes, from, to) : from;
    let blank = first;
    while (blank < to && isLetter(bytes[blank] ?? 0)) blank++;
    const path = afterBlanks(bytes, blank, to);
    if (blank === first || path === blank || path === to) return;
    let end = to;
    while (end > path && bytes[end - 1] !== BLANK) end--;
    end = end > path && startsWith(bytes, end, to, HTTP) ? end - 1 : to;
    if (this.wantsMethod) this.method = bytes.toString('latin1', first, blank);
    if (this.wantsPath) this.path = bytes.toString('utf8', path, end);
  }

  /** Takes a label's value; `-` and nothing are none. A service loses the brackets around it and its port. */
  takeLabel(label: Label, value: string): void {
    if (value === '' || value === '-') return;
    if (label === 'service')
      this.service ??= value.replace(/^\[(.*)\]$/, '$1').replace(/:\d*$/, '') || undefined;
    else this[label] ??= value;
  }

  wants(label: Label): boolean {
    if (label === 'service') return this.wantsService;
    return label === 'method' ? this.wantsMethod : this.wantsPath;
  }
}

const HTTP = Buffer.from('HTTP/');
const ESCAPE = 0x1b;
const SMALL_M = 0x6d;

/** werkzeug colours requests, in their quotes. */
function afterColours(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === ESCAPE) {
    while (at < to && bytes[at] !== SMALL_M) at++;
    at++;
  }
  return at;
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
