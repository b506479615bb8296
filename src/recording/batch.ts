/** Bytes of memory of which small batches take their parts, since an ArrayBuffer of its own takes longer than reading 20 observations. */
const SLAB = 65_536;

let slab = new ArrayBuffer(SLAB);
let used = 0;

/** Valid observations in columns: they become no objects, which would cost more than all else that is done with them. */
export class Batch {
  /** How many there are. */
  length = 0;
  /** As Labels numbers them. */
  groups: Uint32Array;
  statuscodes: Uint16Array;
  /** NaN where a duration is not known. */
  seconds: Float64Array;

  /** @param rows that there is room for at first */
  constructor(rows: number) {
    ({ groups: this.groups, statuscodes: this.statuscodes, seconds: this.seconds } = roomFor(rows));
  }

  /** @param seconds NaN where the duration is not known */
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

/** A large batch has memory of its own, which nothing keeps after it. */
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
