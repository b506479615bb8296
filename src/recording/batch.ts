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
    this.groups = new Uint32Array(rows);
    this.statuscodes = new Uint16Array(rows);
    this.seconds = new Float64Array(rows);
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
    this.groups = new Uint32Array(rows);
    this.groups.set(groups);
    this.statuscodes = new Uint16Array(rows);
    this.statuscodes.set(statuscodes);
    this.seconds = new Float64Array(rows);
    this.seconds.set(seconds);
  }
}
