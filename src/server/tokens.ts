import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What may follow `Bearer`: RFC 6750, 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads tokens that are separated by commas or white space.
 *
 * @throws {Error} if there is none, or one that no `Authorization` header could carry; the message repeats none
 */
export function parseTokens(text: string): string[] {
  const tokens = text.split(/[\s,]+/).filter((token) => token !== '');
  if (tokens.length === 0) throw new Error('holds no token');
  if (!tokens.every((token) => TOKEN.test(token))) {
    throw new Error(
      'must be tokens of letters, digits and "-._~+/", which may end with "=", separated by commas',
    );
  }
  return tokens;
}

/** @throws {Error} if the file cannot be read or does not hold tokens, as `parseTokens` has it */
export function readTokens(path: string): string[] {
  return parseTokens(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
}

/** Tells whether a token is one of several, in a time that says nothing about them. */
export class Tokens {
  private readonly key = randomBytes(32);
  private readonly digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.digests = tokens.map((token) => this.digest(token));
  }

  includes(token: string): boolean {
    const digest = this.digest(token);
    // All are compared, whichever it is.
    return this.digests.filter((expected) => timingSafeEqual(expected, digest)).length > 0;
  }

  /** Of one length whatever the token's is, and of no use to anybody who measures how far a comparison went. */
  private digest(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }
}
