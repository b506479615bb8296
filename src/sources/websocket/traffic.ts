import type { Logger } from '@nestjs/common';

/** Milliseconds between two log lines. */
const INTERVAL = 60_000;

/** Logs once a minute how many clients came and went, if any did. */
export class Traffic {
  private arrivals = 0;
  private departures = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param connected returns the current number of clients */
  constructor(
    private readonly logger: Logger,
    private readonly connected: () => number,
  ) {}

  came(): void {
    this.arrivals++;
  }

  left(): void {
    this.departures++;
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), INTERVAL);
  }

  /** Logs the last counts. Later departures are caused by the shutdown. */
  stop(): void {
    clearInterval(this.timer);
    this.tick();
  }

  private tick(): void {
    const { arrivals, departures } = this;
    if (arrivals + departures === 0) return;
    this.arrivals = this.departures = 0;
    this.logger.log(
      `WebSocket clients in the last minute: ${arrivals} connected, ${departures} disconnected; ${this.connected()} are connected now`,
    );
  }
}
