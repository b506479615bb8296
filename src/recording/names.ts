import { firstOf, Text } from '../platform/words.js';

/** A list of names. Looks up UTF-8 bytes without creating a string. */
export class Names {
  /** A hash table of list indices plus 1; 0 is an empty slot. At least half of it is empty. */
  private slots = new Int32Array(4);
  private readonly names: Name[] = [];

  constructor(names: readonly string[] = []) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const text = Text.of(name);
    const words = Int32Array.from({ length: (text.length >> 2) + 1 }, (_, i) => text.wordAt(4 * i));
    this.names.push({ hash: text.hash(0, text.length), length: text.length, words });
    if (2 * this.names.length > this.slots.length) this.grow();
    else this.fill(this.names.length - 1);
  }

  /**
   * The index in the list of the name with these bytes, or -1.
   *
   * @param hash of the bytes, as returned by the text's `hash`
   */
  find(text: Text, start: number, end: number, hash: number): number {
    const { slots, names } = this;
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const place = (slots[slot] ?? 0) - 1;
      if (place < 0) return -1;
      const name = names[place];
      if (name && isAt(name, text, start, end)) return place;
    }
  }

  private grow(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    for (const place of this.names.keys()) this.fill(place);
  }

  private fill(place: number): void {
    const { slots } = this;
    let slot = (this.names[place]?.hash ?? 0) & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = place + 1;
  }
}

interface Name {
  readonly hash: number;
  /** Its bytes in words, and their number. The last word has the remaining 0 to 3 bytes. */
  readonly words: Int32Array;
  readonly length: number;
}

function isAt({ words, length }: Name, text: Text, start: number, end: number): boolean {
  if (end - start !== length) return false;
  const last = words.length - 1;
  for (let i = 0; i < last; i++) if (text.wordAt(start + 4 * i) !== words[i]) return false;
  return firstOf(text.wordAt(start + 4 * last), length & 3) === words[last];
}
