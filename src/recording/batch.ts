/** Bytes of memory that small batches share, because creating an ArrayBuffer takes longer than reading 20 observations. */
const SLAB = 65_536;

let slab = new ArrayBuffer(SLAB);
let used = 0;

/** Valid observations in columns. Creating an object for each would cost more than all other processing. */
export class Batch {
  /** The number of observations. */
  length = 0;
  /** Group numbers of Labels. */
  groups: Uint32Array;
  statuscodes: Uint16Array;
  /** NaN if a duration is unknown. */
  seconds: Float64Array;

  /** @param rows initial capacity */
  constructor(rows: number) {
    ({ groups: this.groups, statuscodes: this.statuscodes, seconds: this.seconds } = roomFor(rows));
  }

  /** @param seconds NaN if the duration is unknown */
  add(group: number, statuscode: number, seconds: number): void {
    const row = this.length++;
    if (row === this.groups.length) this.grow(2 * row);
    this.groups[row] = group;
    this.statuscodes[row] = statuscode;
    this.seconds[row] = seconds;
  }

  private grow(rows: number): void {
    const { groups, statuscodes, seconds } = this;
    ({ groups: this.groups, statuscodes: this.statuscodes, seconds: this.seconds } = roomFor(rows));
    this.groups.set(groups);
    this.statuscodes.set(statuscodes);
    this.seconds.set(seconds);
  }
}

/** Allocates the columns. A large batch has its own memory, which is freed with it. */
function roomFor(rows: number): Pick<Batch, 'groups' | 'statuscodes' | 'seconds'> {
  const bytes = 8 * Math.ceil((14 * rows) / 8);
  const isLarge = bytes > SLAB / 8;
  if (!isLarge && used + bytes > SLAB) {
    slab = new ArrayBuffer(SLAB);
    used = 0;
  }
  const memory = isLarge ? new ArrayBuffer(bytes) : slab;
  const start = isLarge ? 0 : used;
  if (!isLarge) used += bytes;
  return {
    seconds: new Float64Array(memory, start, rows),
    groups: new Uint32Array(memory, start + 8 * rows, rows),
    statuscodes: new Uint16Array(memory, start + 12 * rows, rows),
  };
}
