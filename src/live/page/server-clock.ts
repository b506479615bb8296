/** Milliseconds by which an answer's `Date` may differ from the time that is told: it has full seconds, and was under way. */
const TOLERANCE = 5_000;

/** Tells the service's time, as far as answers show that the browser's clock is wrong. */
export class ServerClock {
  private difference = 0;

  /** Milliseconds since the epoch, by the service's clock, of a time by the browser's. */
  at(browserTime: number): number {
    return browserTime + this.difference;
  }

  now(): number {
    return this.at(Date.now());
  }

  /** @returns whether one of the clocks has jumped, so that the times that were told before are wrong */
  follow(date: number): boolean {
    if (!(Math.abs(date - this.now()) > TOLERANCE)) return false;
    this.difference = date - Date.now();
    return true;
  }
}
