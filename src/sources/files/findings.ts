import type { LoggerService } from '@nestjs/common';
import { printable } from '../../platform/printable.js';
import { withCommas } from '../../platform/with-commas.js';

/** Most characters of a line that are shown. */
const SHOWN = 200;

/** Consecutive lines that are not understood, after which the format counts as changed. */
const MANY = 1_000;

/** Lines without any request, after which the format may be unknown. */
const ENOUGH = 100;

/** Logs how the lines of a file are read: each recognised format, and, once until that changes, lines that are not understood. */
export class Findings {
  private readonly formats = new Set<string>();
  private lines = 0;
  private strange = 0;
  private inARow = 0;
  private skipped = 0;
  private trouble: 'none' | 'some' | 'all' = 'none';

  /** @param setting that declares the format */
  constructor(
    private readonly path: string,
    private readonly setting: string,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  /**
   * Adds the results of some lines.
   *
   * @param strange how many were not understood
   * @param sample one of them
   */
  add(format: string | undefined, requests: number, strange: number, sample: string): void {
    if (format !== undefined && requests > 0 && !this.formats.has(format)) {
      this.formats.add(format);
      this.logger.log(`${this.path}: reading lines as ${format}`);
    }
    this.lines += requests + strange;
    this.strange += strange;
    this.inARow = requests > 0 ? 0 : this.inARow + strange;
    if (requests > 0 && this.trouble === 'all') this.trouble = 'some';
    const counts = `${withCommas(this.strange)} of ${withCommas(this.lines)} lines are not understood`;
    if (strange > 0 && this.trouble === 'none') this.warn('some', counts, sample);
    if (this.inARow >= MANY && this.trouble === 'some' && this.formats.size > 0)
      this.warn('all', counts, sample);
  }

  /** Adds lines that are not about a request, as most lines of a container. So is every container line of an unknown format. */
  skip(lines: number, first: string): void {
    if (this.formats.size > 0 || this.trouble !== 'none') return;
    this.skipped += lines;
    if (this.skipped < ENOUGH) return;
    this.warn('some', `none of ${withCommas(this.skipped)} lines looks like a request`, first, 'if one is, ');
  }

  private warn(trouble: 'some' | 'all', finding: string, sample: string, condition = ''): void {
    this.trouble = trouble;
    this.lines = this.strange = 0;
    this.logger.warn(
      `${this.path}: ${finding}, such as ${printable(sample.slice(0, SHOWN))}: ` +
        `${condition}declare their format in ${this.setting}`,
    );
  }
}
