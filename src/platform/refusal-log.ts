import type { LoggerService } from '@nestjs/common';
import { printable } from './printable.js';

/** Milliseconds for which further refusals of a kind are only counted after one has been logged. */
const QUIET_TIME = 10_000;

/** Characters of a detail that are logged. */
const MOST_SHOWN = 300;

/** Logs what is refused and why: of each kind at most one line in ten seconds, however many a sender gets wrong. */
export class RefusalLog {
  private readonly kinds = new Map<string, { quietUntil: number; unmentioned: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly logger: Pick<LoggerService, 'warn'>,
    private readonly advice = '',
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * @param what is refused, fit for a log line; called only if it is logged
   * @param kind one of a few; each has its own lines
   */
  add(what: () => string, detail: string, kind = ''): void {
    const now = this.now();
    const { quietUntil, unmentioned } = this.kinds.get(kind) ?? { quietUntil: -Infinity, unmentioned: 0 };
    if (now < quietUntil) {
      this.kinds.set(kind, { quietUntil, unmentioned: unmentioned + 1 });
      return;
    }
    this.kinds.set(kind, { quietUntil: now + QUIET_TIME, unmentioned: 0 });
    const shown = printable(detail.length > MOST_SHOWN ? `${detail.slice(0, MOST_SHOWN)}…` : detail);
    const others = unmentioned > 0 ? `, and ${unmentioned} others since the last such line` : '';
    this.logger.warn(`Refused ${what()}: ${shown}${others}${this.advice}`);
  }
}
