import { messageOf } from '../../platform/message-of.js';

/** What is said of the file at a path, to an operator. */
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

  /** Says what is wrong, once until something else is. */
  report(problem: unknown): void {
    const message = messageOf(problem);
    if (message !== this.trouble) this.warn(message);
    this.trouble = message;
  }

  /** Says so, if something was wrong. */
  settled(): void {
    if (this.trouble !== undefined) this.log('reading again');
    this.trouble = undefined;
  }
}
