/** Numbers that look random and are the same for a seed. */
export class Random {
  constructor(private state: number) {}

  /** From 0 to less than 1: xorshift, G. Marsaglia, Journal of Statistical Software 8 (14), 2003. */
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to less than a limit, which is at most 2³². */
  below(limit: number): number {
    // not Math.floor, since Jest makes every look at a global slow
    return (this.next() * limit) >>> 0;
  }
}
