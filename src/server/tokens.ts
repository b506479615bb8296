import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readAgain } from '../platform/read-again.js';

/** A token that may follow `Bearer` (RFC 6750, 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Parses tokens that are separated by commas or white space.
 *
 * @throws {Error} if there is none, or one that cannot be in an `Authorization` header; the message quotes no token
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

/** @throws {Error} if the file cannot be read, or as `parseTokens` does */
export function readTokens(path: string): string[] {
  return parseTokens(
    readAgain(path)
      .toString()
      .replace(/^\ufeff/, ''),
  );
}

/** Checks whether a token is one of several, in constant time. */
export class Tokens {
  private readonly key = randomBytes(32);
  private readonly digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.digests = tokens.map((token) => this.digest(token));
  }

  includes(token: string): boolean {
    const digest = this.digest(token);
    // Compares all, even after a match.
    return this.digests.filter((expected) => timingSafeEqual(expected, digest)).length > 0;
  }

  /** A digest of fixed length, so that the time of a comparison reveals nothing about the token. */
  private digest(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }
}
