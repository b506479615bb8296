import { BLANK } from '../../platform/ascii.js';
import { Envelopes } from './envelopes.js';
import { type Format, type Label, Line, type MakeFormat, type Verdict } from './line.js';

const TAB = 0x09;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Reads the lines of one file or sender, in any envelope. `line` has the values of the last one. */
export class LineReader {
  readonly line: Line;
  private readonly format: Format;
  private readonly envelopes = new Envelopes();
  private envelope = '';
  private taken = false;

  constructor(make: MakeFormat, wanted: readonly Label[] = []) {
    this.format = make();
    this.line = new Line(wanted);
  }

  /** The format of the lines, after the first request. */
  get formatName(): string | undefined {
    return this.taken ? `${this.format.name}${this.envelope}` : undefined;
  }

  /** Bytes of unfinished lines. */
  get pending(): number {
    return this.envelopes.pending;
  }

  /** Reads the line from `start` up to `end`, without its line break. */
  read(bytes: Buffer, start: number, end: number): Verdict {
    const { envelopes } = this;
    let from = start;
    while (from < end && (bytes[from] === BLANK || bytes[from] === TAB)) from++;
    if (bytes[from] === BYTE_ORDER_MARK[0] && from + 3 <= end && bytes[from + 1] === BYTE_ORDER_MARK[1])
      from += 3;
    const envelope = envelopes.open(bytes, from, end);
    if (envelope === 'none') return this.counted(this.format.read(bytes, from, end, this.line), '');
    if (envelope === 'part') return 'skipped';
    if (envelope === 'too_long') return 'line_too_long';
    const verdict = this.format.read(envelopes.bytes, envelopes.start, envelopes.end, this.line);
    // Skipped, because other programs may write to the same container or log. But the first lines of a syslog sender must match.
    if (verdict === 'unrecognized_line' || verdict === 'not_json') {
      return envelope === 'container' || this.taken ? 'skipped' : verdict;
    }
    return this.counted(verdict, envelope === 'container' ? ' in the log of a container' : ' in syslog');
  }

  private counted(verdict: Verdict, envelope: string): Verdict {
    if (verdict === 'request' && (!this.taken || this.envelope !== envelope)) {
      this.taken = true;
      this.envelope = envelope;
    }
    return verdict;
  }
}
