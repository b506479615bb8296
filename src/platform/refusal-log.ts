import type { LoggerService } from '@nestjs/common';
import { printable } from './printable.js';

/** Milliseconds for which further refusals are only counted after one has been logged. */
const QUIET_TIME = 10_000;

/** Logs why messages are refused, at most one line in ten seconds, however many a publisher gets wrong. */
export class RefusalLog {
  private quietUntil = -Infinity;
  private unmentioned = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly logger: Pick<LoggerService, 'warn'>,
    private readonly advice = '',
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(subject: string, detail: string): void {
    const now = this.now();
    if (now < this.quietUntil) {
      this.unmentioned++;
      return;
    }
    const others = this.unmentioned > 0 ? `, and ${this.unmentioned} others since the last such line` : '';
    this.logger.warn(
      `Refused a message on ${printable(subject)}: ${printable(detail)}${others}${this.advice}`,
    );
    this.quietUntil = now + QUIET_TIME;
    this.unmentioned = 0;
  }
}
