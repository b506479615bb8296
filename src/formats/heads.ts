import { Text } from '../platform/words.js';
import type { Label, Labels } from '../recording/labels.js';

/** A string that is compared with a text eight bytes at a time, as doubles: the bytes of UTF-8 text never form a NaN. */
class Piece {
  readonly length: number;
  private readonly words: Float64Array;

  /** @param text of at least eight bytes */
  constructor(text: string) {
    const { view, length } = Text.of(text);
    this.length = length;
    this.words = Float64Array.from({ length: Math.ceil(length / 8) }, (_, i) =>
      view.getFloat64(Math.min(8 * i, length - 8), true),
    );
  }

  /** Whether the text contains it at an index. */
  isAt({ view, length: textLength }: Text, start: number): boolean {
    const { words, length } = this;
    if (start + length > textLength) return false;
    const last = words.length - 1;
    for (let i = 0; i < last; i++) if (view.getFloat64(start + 8 * i, true) !== words[i]) return false;
    return view.getFloat64(start + length - 8, true) === words[last];
  }
}

/** The index of the environment's name in a head, or of the quote before it if the sender writes blanks. */
const NAME = '{"env":"'.length;

/** A number below 256 that differs for most heads. */
function hashOfHead(bytes: Buffer, at: number): number {
  return ((bytes[at + NAME] ?? 0) + 16 * (bytes[at + NAME + 1] ?? 0)) & 255;
}

/** The beginning of an observation up to its status code, and the keys that usually follow. */
export interface Head {
  readonly text: Piece;
  /** Another head with the same hash. */
  readonly next: Head | undefined;
  /** The group of its environment with `other` for all labels. */
  readonly group: number;
  readonly seconds: Piece;
  readonly labels: readonly LabelKey[];
}

export interface LabelKey {
  /** The key with the opening quote of its value. */
  readonly text: Piece;
  /** Undefined if the label is off. */
  readonly label: Label | undefined;
}

/** How observations in the usual order begin: with each of the environments, with and without blanks. */
export class Heads {
  private readonly byHash = Array.from<Head | undefined>({ length: 256 });

  /**
   * @param others what makes the first group of an environment that in which all labels are `other`
   * @param keys of the labels in their usual order, and `labels` what they are; undefined where one is off
   */
  constructor(
    { environments, perEnvironment }: Labels,
    others: number,
    keys: readonly string[],
    labels: readonly (Label | undefined)[],
  ) {
    for (const blank of ['', ' ']) {
      const seconds = new Piece(`,${blank}"seconds":${blank}`);
      const labelKeys = keys.map((key, i) => ({
        text: new Piece(`,${blank}"${key}":${blank}"`),
        label: labels[i],
      }));
      environments.forEach((name, place) => {
        const beginning = `{"env":${blank}"${name}",${blank}"statuscode":${blank}`;
        const hash = hashOfHead(Buffer.from(beginning), 0);
        this.byHash[hash] = {
          text: new Piece(beginning),
          next: this.byHash[hash],
          group: place * perEnvironment + others,
          seconds,
          labels: labelKeys,
        };
      });
    }
  }

  /** The head that a text has at an index; undefined if it has none there. */
  at(text: Text, start: number): Head | undefined {
    let head = this.byHash[hashOfHead(text.bytes, start)];
    while (head && !head.text.isAt(text, start)) head = head.next;
    return head;
  }
}
