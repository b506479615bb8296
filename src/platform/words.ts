// UTF-8 text, read four bytes at a time as little-endian 32-bit integers (words). The bit tricks that find a byte are explained at
// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord.

/** A text in UTF-8. */
export class Text {
  readonly view: DataView;
  /** In bytes. V8 does not inline `view.byteLength`, which takes longer than reading a word. */
  readonly length: number;

  constructor(readonly bytes: Buffer) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  static of(text: string): Text {
    return new Text(Buffer.from(text));
  }

  /** Returns the Text of a buffer. It is cached for calls with the same buffer in a row. */
  static in(bytes: Buffer): Text {
    if (lastText?.bytes !== bytes) lastText = new Text(bytes);
    return lastText;
  }

  /** The four bytes at an index, with zeros after the end. */
  wordAt(at: number): number {
    return at + 4 <= this.length ? this.view.getInt32(at, true) : this.lastWord(at);
  }

  /** The hash of a part of the text. */
  hash(start: number, end: number): number {
    let hash = 0;
    let at = start;
    for (; end - at >= 4; at += 4) hash = hashWith(hash, this.wordAt(at));
    return hashWith(hash, firstOf(this.wordAt(at), end - at));
  }

  private lastWord(at: number): number {
    let word = 0;
    for (let i = this.length - 1; i >= at; i--) word = (word << 8) | (this.bytes[i] ?? 0);
    return word;
  }
}

let lastText: Text | undefined;

/** The first bytes of a word, at most three; the others are zero. */
export function firstOf(word: number, count: number): number {
  return word & ((1 << (8 * count)) - 1);
}

/**
 * The number of bytes before the first mark, or 4 if there is none. The functions below mark a byte by its highest bit. Only the
 * lowest mark is reliable.
 */
export function countBefore(marks: number): number {
  return (32 - Math.clz32((marks - 1) & ~marks)) >> 3;
}

/**
 * The index of the first occurrence of a byte from `from` up to `end`; `end` or more if there is none before `end`.
 *
 * @param four a word of four copies of the byte
 * @param end at least three bytes before the end of the text
 */
export function placeOf(four: number, view: DataView, from: number, end: number): number {
  for (let at = from; at < end; at += 4) {
    const word = view.getInt32(at, true) ^ four;
    const marks = (word - 0x01010101) & ~word & -0x7f7f7f80;
    if (marks !== 0) return at + countBefore(marks);
  }
  return end;
}

/** The number of three digits in the first three bytes of a word, or -1. */
export function threeDigits(word: number): number {
  const digits = (word & 0xffffff) ^ 0x303030;
  if (((digits | (digits + 0x060606)) & 0xf0f0f0) !== 0) return -1;
  return (digits & 15) * 100 + ((digits >> 8) & 15) * 10 + (digits >> 16);
}

/** Marks bytes that end a JSON string or need unescaping: the quote, backslash and control characters. */
export function marksOfStringEnd(word: number): number {
  const quoteOrControl = word ^ 0x02020202; // swaps `"` and the blank, so that both kinds are below 0x21
  const backslash = word ^ 0x5c5c5c5c;
  const marks = ((quoteOrControl - 0x21212121) & ~quoteOrControl) | ((backslash - 0x01010101) & ~backslash);
  return marks & -0x7f7f7f80;
}

/** Marks bytes that end a segment of a path: `/`, `?` and `#`. */
export function marksOfSegmentEnd(word: number): number {
  const slashOrQuery = (word | 0x10101010) ^ 0x3f3f3f3f; // they differ in one bit
  const fragment = word ^ 0x23232323;
  const marks = ((slashOrQuery - 0x01010101) & ~slashOrQuery) | ((fragment - 0x01010101) & ~fragment);
  return marks & -0x7f7f7f80;
}

/** Adds a word to the hash of the words before it. The last word of a text has the remaining 0 to 3 bytes. */
export function hashWith(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
