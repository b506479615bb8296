import type { LoggerService } from '@nestjs/common';
import { printable } from './printable.js';

/** Milliseconds after a logged refusal in which further ones of its kind are only counted. */
const QUIET_TIME = 10_000;

/** Characters of a detail that are logged. */
const MOST_SHOWN = 300;

/** Logs what is refused and why, at most one line of each kind in ten seconds. */
export class RefusalLog {
  private readonly kinds = new Map<string, { quietUntil: number; unmentioned: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly logger: Pick<LoggerService, 'warn'>,
    private readonly advice = '',
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * @param what returns the refused thing for the log line; called only if it is logged
   * @param kind one of a few kinds, which are limited separately
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
