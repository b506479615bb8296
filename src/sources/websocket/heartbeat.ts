/** Calls `beat` once in every interval. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param interval milliseconds
   * @param beat called with whether clients had a fair chance to answer. After the process was suspended or blocked, they
   *   get another interval
   */
  constructor(
    private readonly interval: number,
    private readonly beat: (judges: boolean) => void,
  ) {}

  start(): void {
    const started = performance.now();
    this.timer = setTimeout(() => {
      const judges = performance.now() - started < 1.5 * this.interval;
      // Data that has arrived in the meantime is read first.
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
