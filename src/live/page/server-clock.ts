/** Accepted difference to a response's `Date` in milliseconds, because it has whole seconds and network latency. */
const TOLERANCE = 5_000;

/** The service's clock: the browser's, corrected if responses show that it is wrong. */
export class ServerClock {
  private difference = 0;

  /** Converts a time of the browser's clock to the service's, in milliseconds since the epoch. */
  at(browserTime: number): number {
    return browserTime + this.difference;
  }

  now(): number {
    return this.at(Date.now());
  }

  /** @returns whether one of the clocks has jumped, so that earlier times are wrong */
  follow(date: number): boolean {
    if (!(Math.abs(date - this.now()) > TOLERANCE)) return false;
    this.difference = date - Date.now();
    return true;
  }
}
