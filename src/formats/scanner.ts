import {
  CARRIAGE_RETURN,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COLON,
  COMMA,
  LINE_FEED,
  OPENING_BRACE,
  OPENING_BRACKET,
} from '../platform/ascii.js';
import { Batch } from '../recording/batch.js';
import type { Label, Labels } from '../recording/labels.js';
import { MOST_SECONDS } from '../recording/observation.js';
import { Names } from '../recording/names.js';
import { Heads, type LabelKey } from './heads.js';
import { JsonCursor } from './json-cursor.js';

const LABELS = ['service', 'method', 'route'];
const KEYS = new Names(['env', 'statuscode', 'seconds', ...LABELS]);
const [ENV, STATUSCODE, SECONDS] = [0, 1, 2];
const NULL = Buffer.from('null');

/** Bytes of a usual observation, to estimate how many a text contains. */
const USUAL_BYTES = 48;

/**
 * Reads valid JSON observations without escapes and line breaks. The fastest order is env, statuscode, seconds. Other text is
 * left to the slower `JSON.parse` with a check (docs/decisions/0012).
 */
export class ObservationScanner {
  readonly environments: Names;
  readonly heads: Heads;
  /** The label of each of the three keys; undefined if it is off. */
  readonly byKey: readonly (Label | undefined)[];
  /** Added to an environment's first group, it gives the group in which all labels are `other`. */
  readonly others: number;

  constructor(readonly labels: Labels) {
    const { environments, listed } = labels;
    this.environments = new Names(environments);
    this.byKey = LABELS.map((key) => listed.find(({ name }) => name === key));
    this.others = listed.reduce((sum, { step, values }) => sum + step * (values.length - 1), 0);
    this.heads = new Heads(labels, this.others, LABELS, this.byKey);
  }

  /** Begins to read a UTF-8 text. */
  read(text: Buffer): ScannedText {
    return new ScannedText(text, this);
  }
}

/** A text that is being read, and its observations so far. */
export class ScannedText extends JsonCursor {
  private readonly batch: Batch;
  private readonly perEnvironment: number;

  constructor(
    bytes: Buffer,
    private readonly scanner: ObservationScanner,
  ) {
    super(bytes);
    this.batch = new Batch(Math.ceil(bytes.length / USUAL_BYTES) + 1);
    this.perEnvironment = scanner.labels.perEnvironment;
  }

  /** Reads an array of observations or a single one; undefined if one is not recognised. */
  all(): Batch | undefined {
    if (!this.skipByte(OPENING_BRACKET)) return this.one() ? this.batch : undefined;
    do {
      if (!this.one()) return undefined;
    } while (this.skipByte(COMMA));
    return this.skipByte(CLOSING_BRACKET) ? this.batch : undefined;
  }

  /** Reads observations up to the end of the text, one per line; undefined if one is not recognised. */
  lines(): Batch | undefined {
    while (this.end < this.bytes.length) {
      if (!this.one()) return undefined;
      if (this.bytes[this.end] === CARRIAGE_RETURN) this.end++;
      if (!this.skipByte(LINE_FEED) && this.end < this.bytes.length) return undefined;
    }
    return this.batch;
  }

  /** Reads the next observation into the batch; returns whether it was recognised. */
  private one(): boolean {
    const start = this.end;
    if (this.inUsualOrder()) return true;
    this.end = start;
    return this.inAnyOrder();
  }

  private inUsualOrder(): boolean {
    const { bytes, text } = this;
    const head = this.scanner.heads.at(text, this.end);
    if (!head) return false;
    let at = this.end + head.text.length;
    const statuscode = this.statuscodeAt(at);
    if (statuscode < 0) return false;
    at += 3;
    let seconds = NaN;
    if (head.seconds.isAt(text, at)) {
      this.end = at + head.seconds.length;
      seconds = this.seconds();
      if (!(seconds <= MOST_SECONDS)) return false;
      at = this.end;
    }
    let { group } = head;
    if (bytes[at] === COMMA) {
      this.end = at;
      group -= this.labelsBelowOther(head.labels);
      at = this.end;
    }
    if (bytes[at] !== CLOSING_BRACE) return false;
    this.end = at + 1;
    this.batch.add(group, statuscode, seconds);
    return true;
  }

  /** Reads labels in the usual order; returns the difference of the group to the one with `other` for all labels. */
  private labelsBelowOther(keys: readonly LabelKey[]): number {
    let below = 0;
    for (const { text, label } of keys) {
      if (!text.isAt(this.text, this.end)) continue;
      this.end += text.length - 1;
      if (!this.string()) break;
      if (label) below += this.belowOther(label);
    }
    return below;
  }

  private inAnyOrder(): boolean {
    if (!this.skipByte(OPENING_BRACE)) return false;
    this.skipBlanks();
    let group = this.scanner.others;
    let statuscode = -1;
    let seconds = NaN;
    let seen = 0;
    do {
      const key = this.key();
      const bit = 1 << key;
      if (key < 0 || (seen & bit) !== 0) return false;
      seen |= bit;
      if (key === ENV) {
        const place = this.string() ? this.placeIn(this.scanner.environments) : -1;
        if (place < 0) return false;
        group += place * this.perEnvironment;
      } else if (key === STATUSCODE) {
        statuscode = this.statuscodeAt(this.end);
        if (statuscode < 0) return false;
        this.end += 3;
      } else if (key === SECONDS) {
        if (!this.skip(NULL)) {
          seconds = this.seconds();
          if (!(seconds <= MOST_SECONDS)) return false;
        }
      } else if (!this.skip(NULL)) {
        if (!this.string()) return false;
        const label = this.scanner.byKey[key - SECONDS - 1];
        if (label) group -= this.belowOther(label);
      }
      this.skipBlanks();
    } while (this.skipByte(COMMA));
    if ((seen & 1) === 0 || statuscode < 0 || !this.skipByte(CLOSING_BRACE)) return false;
    this.batch.add(group, statuscode, seconds);
    return true;
  }

  /** Reads a key and its colon; returns the index of the key, or -1. */
  private key(): number {
    if (!this.string()) return -1;
    const key = this.placeIn(KEYS);
    this.skipBlanks();
    if (!this.skipByte(COLON)) return -1;
    this.skipBlanks();
    return key;
  }

  /** The index in a list of the last string, or -1. */
  private placeIn(names: Names): number {
    return names.find(this.text, this.stringStart, this.stringEnd, this.hash);
  }

  /** The difference of the group with the last string as label value to the one with `other`. */
  private belowOther({ step, values, placeIn }: Label): number {
    return step * (values.length - 1 - placeIn(this.text, this.stringStart, this.stringEnd, this.hash));
  }
}
