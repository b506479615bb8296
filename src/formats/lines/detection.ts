import { indexOfByte } from './bytes.js';
import { Combined } from './combined.js';
import { type Format, type Line, type Verdict } from './line.js';
import { presets } from './presets.js';
import { W3c } from './w3c.js';
import { KeyedLines } from './keyed-lines.js';

const ESCAPE = 0x1b;

const COLOURS = new RegExp(`${String.fromCharCode(ESCAPE)}\\[[\\d;]*m`, 'g');

/** Messages that application servers write between their requests. */
const OWN_MESSAGE =
  /^(?:\[GIN-debug\]|(?:INFO|DEBUG|WARNING|ERROR|CRITICAL): |\[[\d-]{10} [^\]]*\] (?:\[\d+\] )?\[[A-Z]+\] |\* (?:Running|Serving|Debug|Restarting)|\[Nest\] |(?:<--|-->) |Press CTRL\+C)/;

/** Bytes of a line that are checked for that. */
const MESSAGE_START = 200;

/** Tries several formats on a line, first the one that matched last, and stays with the one that matches. */
export class Detection implements Format {
  private readonly formats: readonly Format[];
  private current: Format;
  private coloured = false;

  constructor(formats: readonly [Format, ...Format[]]) {
    this.formats = formats;
    this.current = formats[0];
  }

  /** Detects all known formats. */
  static ofAll(): Detection {
    return new Detection([new Combined(), new W3c(), KeyedLines.known(), ...presets()]);
  }

  get name(): string {
    return this.current.name;
  }

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    if (this.coloured) return this.readWithoutColours(bytes, start, end, line);
    const verdict = this.current.read(bytes, start, end, line);
    return verdict === 'unrecognized_line' ? this.readOther(bytes, start, end, line) : verdict;
  }

  private readOther(bytes: Buffer, start: number, end: number, line: Line, isPlain = false): Verdict {
    for (const format of this.formats) {
      if (format === this.current) continue;
      const verdict = format.read(bytes, start, end, line);
      if (verdict === 'request' || verdict === 'invalid_statuscode') this.current = format;
      if (verdict !== 'unrecognized_line') return verdict;
    }
    if (!isPlain && indexOfByte(bytes, ESCAPE, start, end) >= 0)
      return this.readWithoutColours(bytes, start, end, line);
    const beginning = bytes.toString('latin1', start, Math.min(end, start + MESSAGE_START));
    return OWN_MESSAGE.test(beginning) ? 'skipped' : 'unrecognized_line';
  }

  private readWithoutColours(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const plain = Buffer.from(bytes.toString('utf8', start, end).replace(COLOURS, ''));
    let verdict = this.current.read(plain, 0, plain.length, line);
    if (verdict === 'unrecognized_line') verdict = this.readOther(plain, 0, plain.length, line, true);
    this.coloured = verdict === 'request' && plain.length < end - start;
    return verdict;
  }
}
