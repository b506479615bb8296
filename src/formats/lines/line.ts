import { BLANK } from '../../platform/ascii.js';
import { MOST_SECONDS } from '../../recording/observation.js';
import { afterBlanks, startsWith } from './bytes.js';

/**
 * The kind of a line. `skipped` is not about a request: an application's own message, a header, a part of a line. All others
 * but `request` are reasons to reject an observation.
 */
export type Verdict =
  'request' | 'skipped' | 'invalid_statuscode' | 'unrecognized_line' | 'not_json' | 'line_too_long';

export type Label = 'service' | 'method' | 'path';

/** Reads lines of one format. It may keep state about its file, so each file has its own. */
export interface Format {
  /** The name of the format, or of the detected one, for people. */
  readonly name: string;
  /** Reads the bytes from `start` up to `end`, without a line break. It fills in `line` only for `request`. */
  read(bytes: Buffer, start: number, end: number, line: Line): Verdict;
}

/** Creates the format for one file. */
export type MakeFormat = () => Format;

/** The values of the last line. One instance is reused for all lines. */
export class Line {
  statuscode = 0;
  /** NaN if the line has no duration, or none that is certain. */
  seconds = NaN;
  method: string | undefined;
  /** A path or URL as it was written. */
  path: string | undefined;
  service: string | undefined;
  readonly wantsMethod: boolean;
  readonly wantsPath: boolean;
  readonly wantsService: boolean;

  /** @param wanted the labels to read, because creating strings for them takes time */
  constructor(wanted: readonly Label[] = []) {
    this.wantsMethod = wanted.includes('method');
    this.wantsPath = wanted.includes('path');
    this.wantsService = wanted.includes('service');
  }

  /** Takes a status from `statusAt`, and a duration, which is dropped if it is not valid. */
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

  /** Takes method and path from `GET /a HTTP/1.1`. Text of any other form, such as the bytes of a TLS handshake, has none. */
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

  /** Takes a label's value, unless it is empty or `-`. Removes brackets and the port of a service. */
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

/** Skips werkzeug's colour codes, which are inside the quotes. */
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
