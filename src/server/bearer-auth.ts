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
 * Checks bearer tokens: a request needs one of the tokens, if there are any. Tokens in a file are reloaded when it changes,
 * and `changed` is emitted. After a failed reload, the old tokens stay valid.
 */
export class BearerAuth extends EventEmitter<{ changed: [] }> implements OnModuleDestroy {
  private readonly logger = new Logger('BearerAuth');
  private readonly stop: (() => void) | undefined;
  private tokens: Tokens | undefined;

  /**
   * @param tokens from the settings, if any
   * @param path of the file with the tokens instead
   * @param onRead called after each read of the file with whether it succeeded
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

  /** Why the header `Authorization` is not sufficient; undefined if it is. */
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
