import { EventEmitter } from 'node:events';
import { HttpException, HttpStatus, Logger, type OnModuleDestroy } from '@nestjs/common';
import { messageOf } from '../platform/message-of.js';
import { watchFiles } from '../platform/watch-files.js';
import { readTokens, Tokens } from './tokens.js';

/** The answer to a request without the right token: 401, with the `WWW-Authenticate` header that RFC 6750, 3, asks for. */
export class UnauthorizedException extends HttpException {
  constructor(
    detail: string,
    readonly challenge: string,
  ) {
    super(detail, HttpStatus.UNAUTHORIZED);
  }
}

const CHALLENGE = 'Bearer realm="service-collector"';

/**
 * Who may come in at a door: whoever shows one of its tokens, or everybody if it has none. Tokens in a file may be
 * exchanged while the service runs; `changed` is emitted then. A file that is no longer right leaves the old tokens valid.
 */
export class BearerAuth extends EventEmitter<{ changed: [] }> implements OnModuleDestroy {
  private readonly logger = new Logger('BearerAuth');
  private readonly stop: (() => void) | undefined;
  private tokens: Tokens | undefined;

  /**
   * @param tokens those that the settings name, if any
   * @param path of the file that holds them instead
   * @param onRead called with whether the file could be used, each time it was read
   */
  constructor(
    tokens: readonly string[] | undefined,
    path: string | undefined,
    private readonly onRead: (isUsed: boolean) => void,
  ) {
    super();
    if (path !== undefined) this.stop = watchFiles([path], () => this.reread(path));
    const valid = path === undefined ? tokens : readTokens(path);
    if (valid) this.tokens = new Tokens(valid);
    if (path !== undefined) onRead(true);
  }

  /** Why the header `Authorization` does not entitle to come in; undefined if it does. */
  refusalOf(authorization: string | undefined): UnauthorizedException | undefined {
    if (!this.tokens) return undefined;
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return new UnauthorizedException('a bearer token is required', CHALLENGE);
    if (this.tokens.includes(token)) return undefined;
    return new UnauthorizedException('the bearer token is not valid', `${CHALLENGE}, error="invalid_token"`);
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  private reread(path: string): void {
    try {
      this.tokens = new Tokens(readTokens(path));
    } catch (error) {
      this.onRead(false);
      this.logger.error(`Token reload from ${path} failed, keeping the current tokens: ${messageOf(error)}`);
      return;
    }
    this.onRead(true);
    this.logger.log(`Tokens reloaded from ${path}`);
    this.emit('changed');
  }
}
