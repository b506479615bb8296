import { type Cipher, createCipheriv, createHash } from 'node:crypto';

const POOL_BYTES = 65_536;

/** Numbers that look random and follow from a seed, so that what failed once fails again: the key stream of a cipher. */
export class Random {
  private readonly cipher: Cipher;
  private pool = Buffer.alloc(0);
  private at = 0;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** An integer of at least 0 and less than the bound. */
  below(bound: number): number {
    return Math.floor((this.bytes(4).readUInt32LE() / 0x1_0000_0000) * bound);
  }

  chance(probability: number): boolean {
    return this.bytes(4).readUInt32LE() < probability * 0x1_0000_0000;
  }

  one<T extends string | number>(of: readonly T[]): T {
    const chosen = of[this.below(of.length)];
    if (chosen === undefined) throw new RangeError('there is nothing to choose from');
    return chosen;
  }

  /** Up to some hundred bytes. */
  bytes(length: number): Buffer {
    if (this.at + length > this.pool.length) {
      this.pool = this.cipher.update(Buffer.alloc(POOL_BYTES));
      this.at = 0;
    }
    this.at += length;
    return this.pool.subarray(this.at - length, this.at);
  }
}
