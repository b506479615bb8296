/** Calls `beat` once in every interval. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param interval milliseconds
   * @param beat told whether clients were given a whole interval to answer: a process that stood still has kept them
   *   waiting, and they get another one
   */
  constructor(
    private readonly interval: number,
    private readonly beat: (judges: boolean) => void,
  ) {}

  start(): void {
    const started = performance.now();
    this.timer = setTimeout(() => {
      const judges = performance.now() - started < 1.5 * this.interval;
      // What has arrived in the meantime is read first.
      setImmediate(() => {
        if (this.timer === undefined) return;
        this.beat(judges);
        this.start();
      });
    }, this.interval);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
