import type { LoggerService } from '@nestjs/common';
import { printable } from '../../platform/printable.js';

/** Characters of a line that are shown. */
const SHOWN = 200;

/** Lines in a row that are not understood, after which a log that was understood is another one now. */
const MANY = 1_000;

/** Lines without any request, after which their format may be one that is not known. */
const ENOUGH = 100;

/** Tells an operator how a log is read: each format that is recognised, and once until it changes that lines are not understood. */
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
   * Adds what came of some lines.
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
    const counts = `${shown(this.strange)} of ${shown(this.lines)} lines are not understood`;
    if (strange > 0 && this.trouble === 'none') this.warn('some', counts, sample);
    if (this.inARow >= MANY && this.trouble === 'some' && this.formats.size > 0)
      this.warn('all', counts, sample);
  }

  /** Adds lines that tell of no request, as those of most containers do. All lines of an unknown format in a container do so as well. */
  skip(lines: number, first: string): void {
    if (this.formats.size > 0 || this.trouble !== 'none') return;
    this.skipped += lines;
    if (this.skipped < ENOUGH) return;
    this.warn('some', `none of ${shown(this.skipped)} lines looks like a request`, first, 'if one is, ');
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

function shown(count: number): string {
  return count.toLocaleString('en-US');
}
