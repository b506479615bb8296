/** Valid observations in columns: a batch becomes no objects, which would cost more than all else that is done with it. */
export class ObservationColumns {
  /** How many there are. */
  length = 0;
  /** Places in ENVIRONMENTS. */
  envs: Uint16Array;
  statuscodes: Uint16Array;
  /** NaN where a duration is not known. */
  seconds: Float64Array;

  /** @param rows that there is room for at first */
  constructor(rows: number) {
    this.envs = new Uint16Array(rows);
    this.statuscodes = new Uint16Array(rows);
    this.seconds = new Float64Array(rows);
  }

  add(env: number, statuscode: number, seconds: number): void {
    const row = this.length++;
    if (row === this.envs.length) this.grow();
    this.envs[row] = env;
    this.statuscodes[row] = statuscode;
    this.seconds[row] = seconds;
  }

  private grow(): void {
    const { envs, statuscodes, seconds } = this;
    const rows = 2 * envs.length;
    this.envs = new Uint16Array(rows);
    this.envs.set(envs);
    this.statuscodes = new Uint16Array(rows);
    this.statuscodes.set(statuscodes);
    this.seconds = new Float64Array(rows);
    this.seconds.set(seconds);
  }
}
