/** A table of names in UTF-8, in which bytes are looked up without making a string of them. */
export class Names {
  /** Places plus 1, by their hashes; 0 where there is none. */
  private readonly slots: Uint32Array;
  private readonly names: { bytes: Buffer; place: number }[] = [];

  /** @param names each with the number that it stands for */
  constructor(names: Iterable<readonly [name: string, place: number]>) {
    for (const [name, place] of names) this.names.push({ bytes: Buffer.from(name), place });
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(this.names.length * 2 + 1)));
    for (const [index, { bytes }] of this.names.entries()) {
      let slot = hashed(bytes) & (this.slots.length - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (this.slots.length - 1);
      this.slots[slot] = index + 1;
    }
  }

  /**
   * The number of the name that these bytes are, or -1.
   *
   * @param hash of the bytes, by `hashOf` from 0 on
   */
  find(text: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, names } = this;
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const index = slots[slot] ?? 0;
      if (index === 0) return -1;
      const name = names[index - 1];
      if (name && isAt(name.bytes, text, start, end)) return name.place;
    }
  }
}

/** The hash of bytes, given that of those before the last. */
export function hashOf(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

function hashed(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = hashOf(hash, byte);
  return hash;
}

function isAt(name: Uint8Array, text: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (text[start + i] !== name[i]) return false;
  return true;
}
