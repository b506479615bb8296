// Finds the service in a line like `combined`: the upstream or router after its fields, or a virtual host before them.
import { BLANK, CLOSING_BRACKET, MINUS, OPENING_BRACKET, QUOTE } from '../../platform/ascii.js';
import { afterBlanks, closingQuote, indexOfByte, isDigit, tokenEnd } from './bytes.js';
import type { Line } from './line.js';

const AT = 0x40;

/** Quoted fields after the request that the client controls: Referer and User-Agent. */
export const QUOTED_BY_CLIENT = 2;

/** The end of a field that does not begin with a quote, but may hold one: `uct="0.001"`. */
export function fieldEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== BLANK) {
    if (bytes[at] === QUOTE) {
      const closing = closingQuote(bytes, at + 1, end);
      at = closing < 0 ? end - 1 : closing;
    }
    at++;
  }
  return at;
}

/** Takes the service from ingress-nginx' `[default-shop-80]` or Traefik's `"web@docker"`, whichever comes first. */
export function takeUpstream(bytes: Buffer, from: number, end: number, line: Line): void {
  let quoted = 0;
  for (let at = afterBlanks(bytes, from, end); at < end; at = afterBlanks(bytes, at, end)) {
    const first = at;
    at = fieldEnd(bytes, at, end);
    if (bytes[first] === OPENING_BRACKET && !isDigit(bytes[first + 1] ?? 0)) {
      if (bytes[at - 1] === CLOSING_BRACKET) line.takeLabel('service', bytes.toString('utf8', first, at));
      return;
    }
    if (bytes[first] !== QUOTE || quoted++ < QUOTED_BY_CLIENT) continue;
    if (indexOfByte(bytes, AT, first, at) >= 0)
      line.takeLabel('service', bytes.toString('utf8', first + 1, at - 1));
    return;
  }
}

/** Takes a virtual host: before the address as in Apache's vhost_combined, after the address as in lighttpd, or after the time. */
export function takeHost(bytes: Buffer, start: number, quote: number, line: Line): void {
  const second = tokenEnd(bytes, start, quote) + 1;
  if (bytes[second] === MINUS && bytes[second + 1] === BLANK && bytes[quote - 2] === CLOSING_BRACKET) return;
  const [, before = '', after = ''] = AROUND_TIME.exec(bytes.toString('utf8', start, quote)) ?? [];
  const fields = before.trim().split(/ +/);
  const [host = '', address = ''] = fields;
  if (after !== '') line.takeLabel('service', after);
  else if (fields.length > 3 && /^[\w.:-]+$/.test(host) && /[.:]/.test(address))
    line.takeLabel('service', host);
  else if (fields.length === 3) line.takeLabel('service', address);
}

const AROUND_TIME = /^(.*) ?\[[^[\]]*\] *(.*?) *$/;
