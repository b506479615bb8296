import {
  BACKSLASH,
  BLANK,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  OPENING_BRACE,
  OPENING_BRACKET,
  POINT,
  QUOTE,
} from '../../platform/ascii.js';

import { closingQuote, tokenEnd } from './bytes.js';

const COLON = 0x3a;
const EQUALS = 0x3d;
const TAB = 0x09;

/** Slots of the hash table: a power of two, far above the number of keys, so that it stays sparse. */
const TABLE_SIZE = 1024;

const BASE = 17;

function hashed(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/**
 * Finds the values of some keys in a JSON object or logfmt, in one pass over the bytes, without creating strings. A key is a
 * path, whose parts may be nested or joined by dots. Unlike `JSON.parse`, it accepts what real configurations write: escapes
 * such as `\x22`, and a bare `-` for a number. Of duplicate keys, the last one counts.
 */
export class Fields {
  /** The range of the value of each key, without quotes. Valid if `has` returns true. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** A hash that is the same for lines with the same keys in the same order. */
  signature = BASE;
  private readonly seen: Int32Array;
  private line = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;
  private readonly table = new Int32Array(TABLE_SIZE);
  private readonly nodes: { path: Buffer; hash: number; place: number; isParent: boolean }[] = [];
  private readonly places = new Map<string, number>();

  constructor(keys: Iterable<string>) {
    for (const key of keys) {
      if (this.places.has(key)) continue;
      this.places.set(key, this.places.size);
      this.node(key).place = this.places.size - 1;
      for (let point = key.indexOf('.'); point >= 0; point = key.indexOf('.', point + 1)) {
        this.node(key.slice(0, point)).isParent = true;
      }
    }
    this.from = new Int32Array(this.places.size);
    this.to = new Int32Array(this.places.size);
    this.seen = new Int32Array(this.places.size);
  }

  /** The index of a key in `from` and `to`. */
  placeOf(key: string): number {
    return this.places.get(key) ?? -1;
  }

  has(place: number): boolean {
    return this.seen[place] === this.line;
  }

  /** Reads a JSON object that begins at `start`; returns whether it is one. */
  readJson(bytes: Buffer, start: number, end: number): boolean {
    this.begin(bytes, end);
    const after = this.object(start, BASE, 0);
    return after >= 0 && afterSpace(bytes, after, end) === end;
  }

  /** Reads `key=value key="value" …`; returns whether the whole line has that form. */
  readLogfmt(bytes: Buffer, start: number, end: number): boolean {
    this.begin(bytes, end);
    for (let at = start; at < end; at = afterSpace(bytes, at, end)) {
      let hash = BASE;
      const key = at;
      for (; at < end && bytes[at] !== EQUALS; at++) {
        if (bytes[at] === BLANK || bytes[at] === QUOTE) return false;
        hash = hashed(hash, bytes[at] ?? 0);
      }
      if (at === key || at === end) return false;
      const node = this.find(hash, key, at, 0);
      at++;
      const isQuoted = at < end && bytes[at] === QUOTE;
      const value = isQuoted ? at + 1 : at;
      at = isQuoted ? closingQuote(bytes, value, end) : tokenEnd(bytes, value, end);
      if (at < 0) return false;
      if (node) this.found(node.place, value, at);
      if (isQuoted) at++;
    }
    return true;
  }

  private begin(bytes: Buffer, end: number): void {
    this.bytes = bytes;
    this.end = end;
    this.line++;
    this.signature = BASE;
  }

  /** @param prefix bytes of the path to this object, with the last dot */
  private object(start: number, prefixHash: number, prefix: number): number {
    const { bytes, end } = this;
    let at = afterSpace(bytes, start + 1, end);
    if (at < end && bytes[at] === CLOSING_BRACE) return at + 1;
    for (;;) {
      if (at >= end || bytes[at] !== QUOTE) return -1;
      const key = ++at;
      let hash = prefixHash;
      for (let byte = bytes[at] ?? 0; at < end && byte !== QUOTE; byte = bytes[at] ?? 0) {
        hash = hashed(hash, byte);
        at += byte === BACKSLASH ? 2 : 1;
      }
      const keyEnd = at++;
      if (bytes[at] !== COLON) at = afterSpace(bytes, at, end);
      if (at >= end || bytes[at] !== COLON) return -1;
      if (bytes[++at] === BLANK) at = afterSpace(bytes, at, end);
      // Most keys are unknown, and most of them find an empty slot.
      const node =
        this.table[hash & (TABLE_SIZE - 1)] === 0 ? undefined : this.find(hash, key, keyEnd, prefix);
      at = this.value(at, node, hash, prefix + keyEnd - key + 1);
      if (at < 0) return -1;
      if (bytes[at] !== COMMA) at = afterSpace(bytes, at, end);
      if (at >= end) return -1;
      if (bytes[at] === CLOSING_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return -1;
      if (bytes[++at] !== QUOTE) at = afterSpace(bytes, at, end);
    }
  }

  /** Returns the index after a value, or -1. */
  private value(at: number, node: ReturnType<Fields['find']>, hash: number, prefix: number): number {
    const { bytes, end } = this;
    if (at >= end) return -1;
    const first = bytes[at];
    if (first === QUOTE) {
      const closing = closingQuote(bytes, at + 1, end);
      if (closing < 0) return -1;
      if (node) this.found(node.place, at + 1, closing);
      return closing + 1;
    }
    if (first === OPENING_BRACE && node?.isParent) return this.object(at, hashed(hash, POINT), prefix);
    if (first === OPENING_BRACE || first === OPENING_BRACKET) {
      const after = this.skip(at);
      if (node && after >= 0) this.found(node.place, at, after);
      return after;
    }
    const after = bareEnd(bytes, at, end);
    if (node && after > at) this.found(node.place, at, after);
    return after > at ? after : -1;
  }

  private found(place: number, from: number, to: number): void {
    if (place < 0) return;
    this.from[place] = from;
    this.to[place] = to;
    this.seen[place] = this.line;
    this.signature = hashed(this.signature, place + 1);
  }

  /** The index after an object or array that is skipped, or -1. */
  private skip(start: number): number {
    const { bytes, end } = this;
    let level = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = closingQuote(bytes, at + 1, end);
        if (at < 0) return -1;
      } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) level++;
      else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && --level === 0) return at + 1;
    }
    return -1;
  }

  /** The node of a path whose last part is the key from `key` to `keyEnd`, and whose earlier parts have matched. */
  private find(
    hash: number,
    key: number,
    keyEnd: number,
    prefix: number,
  ): (typeof this.nodes)[number] | undefined {
    for (let slot = hash & (TABLE_SIZE - 1); ; slot = (slot + 1) & (TABLE_SIZE - 1)) {
      const entry = this.table[slot] ?? 0;
      if (entry === 0) return undefined;
      const node = this.nodes[entry - 1];
      if (!node || node.hash !== hash || node.path.length !== prefix + keyEnd - key) continue;
      let at = key;
      while (at < keyEnd && this.bytes[at] === node.path[prefix + at - key]) at++;
      if (at === keyEnd) return node;
    }
  }

  private node(key: string): (typeof this.nodes)[number] {
    const path = Buffer.from(key);
    const known = this.nodes.find((node) => node.path.equals(path));
    if (known) return known;
    const hash = path.reduce(hashed, BASE);
    const node = { path, hash, place: -1, isParent: false };
    let slot = hash & (TABLE_SIZE - 1);
    while (this.table[slot] !== 0) slot = (slot + 1) & (TABLE_SIZE - 1);
    this.table[slot] = this.nodes.push(node);
    return node;
  }
}

function afterSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === BLANK || bytes[at] === TAB)) at++;
  return at;
}

/** The end of a number, `true`, `null` or `-`. */
function bareEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (!isLetter && (byte < 0x2b || byte > 0x39 || byte === COMMA)) break;
  }
  return at;
}
