/** Rows that there is room for at first; WebSocket messages are rarely larger. */
const FIRST_ROWS = 128;

/**
 * Valid observations in columns: a batch becomes no objects, which would cost more than all else that is done with it. They
 * are filled anew for each text, so they have to be recorded before the next is read. What room they take, they keep: at
 * most two thirds of the largest text's.
 */
export class ObservationColumns {
  /** How many there are; what stands behind them is of an earlier text. */
  length = 0;
  /** Places in ENVIRONMENTS. */
  envs = new Uint16Array(FIRST_ROWS);
  statuscodes = new Uint16Array(FIRST_ROWS);
  /** NaN where a duration is not known. */
  seconds = new Float64Array(FIRST_ROWS);

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
