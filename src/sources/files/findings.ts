import type { LoggerService } from '@nestjs/common';
import { printable } from '../../platform/printable.js';

/** Characters of a line that are shown. */
const SHOWN = 200;

/** Lines in a row that are not understood, after which a log that was understood is another one now. */
const MANY = 1_000;

/** Tells an operator how a log is read: each format that is recognised, and once until it changes that lines are not understood. */
export class Findings {
  private readonly formats = new Set<string>();
  private lines = 0;
  private strange = 0;
  private inARow = 0;
  private trouble: 'none' | 'some' | 'all' = 'none';

  /** @param setting that declares the format */
  constructor(
    private readonly path: string,
    private readonly setting: string,
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  /**
   * Adds what came of some lines.
   *
   * @param strange how many were not understood
   * @param sample one of them
   */
  add(format: string | undefined, requests: number, strange: number, sample: string): void {
    if (format !== undefined && requests > 0 && !this.formats.has(format)) {
      this.formats.add(format);
      this.logger.log(`${this.path}: the lines are read as ${format}`);
    }
    this.lines += requests + strange;
    this.strange += strange;
    this.inARow = requests > 0 ? 0 : this.inARow + strange;
    if (requests > 0 && this.trouble === 'all') this.trouble = 'some';
    if (strange > 0 && this.trouble === 'none') this.warn('some', sample);
    if (this.inARow >= MANY && this.trouble === 'some' && this.formats.size > 0) this.warn('all', sample);
  }

  private warn(trouble: 'some' | 'all', sample: string): void {
    this.trouble = trouble;
    const counts = `${this.strange.toLocaleString('en-US')} of ${this.lines.toLocaleString('en-US')} lines`;
    this.lines = this.strange = 0;
    this.logger.warn(
      `${this.path}: ${counts} are not understood, such as ${printable(sample.slice(0, SHOWN))}: ` +
        `declare their format in ${this.setting}`,
    );
  }
}
