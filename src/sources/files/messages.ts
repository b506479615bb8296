import { messageOf } from '../../platform/message-of.js';

/** Log messages about the file at a path. */
export class Messages {
  private trouble: string | undefined;

  constructor(
    private readonly path: string,
    private readonly logger: { log(message: string): void; warn(message: string): void },
  ) {}

  log(message: string): void {
    this.logger.log(`${this.path}: ${message}`);
  }

  warn(message: string): void {
    this.logger.warn(`${this.path}: ${message}`);
  }

  /** Logs a problem, once until it changes. */
  report(problem: unknown): void {
    const message = messageOf(problem);
    if (message !== this.trouble) this.warn(message);
    this.trouble = message;
  }

  /** Logs the end of a problem, if there was one. */
  settled(): void {
    if (this.trouble !== undefined) this.log('reading again');
    this.trouble = undefined;
  }
}
