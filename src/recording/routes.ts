// Route templates of path-to-regexp 8 → a trie of segments that maps a path or URL to one of them. Literal and `:parameter`
// segments are compared as UTF-8 bytes. Only other segments need a string and a regular expression.
import { DELETE } from '../platform/ascii.js';
import { countBefore, firstOf, hashWith, marksOfSegmentEnd, Text } from '../platform/words.js';
import { Names } from './names.js';
import { alternatives, keyOf, regexpOf, type Segment } from './route-templates.js';

const NONE = -1;
const [SLASH, QUERY, FRAGMENT] = [0x2f, 0x3f, 0x23];

/** Most characters of a path that is written to a reused buffer, which takes less time than allocating one. */
const ROOM = 1024;

/** The possible next segments, in order of precedence. */
class Node {
  /** The template that ends here. */
  route = NONE;
  readonly mixed: Mixed[] = [];
  parameter: Node | undefined;
  readonly wildcards: Wildcard[] = [];
  private readonly literals = new Names();
  /** The node after each literal. */
  private readonly nodes: Node[] = [];

  literal(text: Text, start: number, end: number, hash: number): Node | undefined {
    const place = this.literals.find(text, start, end, hash);
    return place < 0 ? undefined : this.nodes[place];
  }

  addLiteral(text: string): Node {
    const bytes = Text.of(text);
    const known = this.literal(bytes, 0, bytes.length, bytes.hash(0, bytes.length));
    if (known) return known;
    const node = new Node();
    this.literals.add(text);
    this.nodes.push(node);
    return node;
  }
}

/** The key is the same for segments that differ only in parameter names. */
interface Keyed {
  readonly key: string;
}

/** A segment with text and parameters, such as `v:version`. */
interface Mixed extends Keyed {
  readonly regexp: RegExp;
  readonly node: Node;
}

interface Wildcard extends Keyed {
  readonly route: number;
  /** For the whole path; undefined if the wildcard matches the whole rest. */
  readonly regexp: RegExp | undefined;
}

/**
 * Finds the template of a path. Case matters, a trailing slash does not; nothing is decoded. If several templates match, their
 * first different segment decides: literal text wins, then text with parameters, then a parameter, then a wildcard.
 */
export class Routes {
  private readonly root = new Node();
  /** Templates that do not match themselves as paths, such as `/a{/:b}`, and their indices. */
  private readonly names = new Names();
  private readonly named: number[] = [];
  private readonly room = new Text(Buffer.alloc(ROOM));

  /** @throws {Error} if a template is not valid; `routeProblems` returns all problems */
  constructor(readonly templates: readonly string[]) {
    templates.forEach((template, route) => {
      for (const path of alternatives(template)) add(this.root, path, route);
    });
    templates.forEach((template, route) => {
      if (this.match(template) === route) return;
      this.names.add(template);
      this.named.push(route);
    });
  }

  /**
   * Returns the index of the template for a path, a URL or the template itself. Returns -1 if there is none, and for other
   * text, such as `*` or the `host:443` of CONNECT.
   */
  match(pathOrUrl: string): number {
    const length = writeAscii(pathOrUrl, this.room);
    const bytes = length < 0 ? Text.of(pathOrUrl) : this.room;
    return this.matchIn(bytes, 0, length < 0 ? bytes.length : length);
  }

  /** The same for the range from `start` to `end` of a UTF-8 text. */
  matchIn(text: Text, start: number, end: number): number {
    if (this.named.length > 0) {
      const place = this.names.find(text, start, end, text.hash(start, end));
      if (place >= 0) return this.named[place] ?? NONE;
    }
    if (start < end && text.bytes[start] === SLASH) return find(this.root, text, start, end, start + 1);
    const path = pathOf(text.bytes.toString('utf8', start, end));
    if (path === undefined) return NONE;
    const bytes = Text.of(path);
    return find(this.root, bytes, 0, bytes.length, 1);
  }
}

/** Writes an ASCII text, and returns its length; -1 if it is not ASCII or too long. */
function writeAscii(text: string, room: Text): number {
  if (text.length > room.length) return -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > DELETE) return -1;
    room.bytes[index] = code;
  }
  return text.length;
}

/**
 * Matches the segments of a path from `at`, where one begins. The path is from `start` to `end`, with its query and fragment.
 * No node is visited twice, so the time is limited.
 */
function find(node: Node, path: Text, start: number, end: number, at: number): number {
  let hash = 0;
  let segmentEnd = at;
  for (;;) {
    const word = path.wordAt(segmentEnd);
    const count = Math.min(countBefore(marksOfSegmentEnd(word)), end - segmentEnd);
    segmentEnd += count;
    if (count < 4) {
      hash = hashWith(hash, firstOf(word, count));
      break;
    }
    hash = hashWith(hash, word);
  }
  const next = endsAt(path, end, segmentEnd) || endsAt(path, end, segmentEnd + 1) ? NONE : segmentEnd + 1;

  const literal = node.literal(path, at, segmentEnd, hash);
  if (literal !== undefined) {
    const route = next === NONE ? literal.route : find(literal, path, start, end, next);
    if (route !== NONE) return route;
  }
  for (const { regexp, node: mixed } of node.mixed) {
    if (!regexp.test(path.bytes.toString('utf8', at - 1, segmentEnd))) continue;
    const route = next === NONE ? mixed.route : find(mixed, path, start, end, next);
    if (route !== NONE) return route;
  }
  if (node.parameter !== undefined && segmentEnd > at) {
    const route = next === NONE ? node.parameter.route : find(node.parameter, path, start, end, next);
    if (route !== NONE) return route;
  }
  return node.wildcards.length === 0 || endsAt(path, end, at)
    ? NONE
    : wildcardOf(node, path.bytes.toString('utf8', start, end));
}

function wildcardOf({ wildcards }: Node, pathAndQuery: string): number {
  const path = pathAndQuery.replace(/[?#].*$/s, '');
  return wildcards.find(({ regexp }) => regexp?.test(path) ?? true)?.route ?? NONE;
}

/** Whether the path, without query and fragment, ends before this byte. */
function endsAt(path: Text, end: number, at: number): boolean {
  if (at >= end) return true;
  const byte = path.bytes[at];
  return byte === QUERY || byte === FRAGMENT;
}

/** The path of an absolute URL, with its query. */
function pathOf(url: string): string | undefined {
  const [, rest] = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*(.*)$/is.exec(url) ?? [];
  if (rest === undefined) return undefined;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function add(root: Node, path: readonly Segment[], route: number): void {
  let node = root;
  for (const [index, segment] of path.entries()) {
    if (segment.some(({ type }) => type === 'wildcard')) {
      addWildcard(node, path, index, route);
      return;
    }
    node = childOf(node, segment);
  }
  node.route = route;
}

function childOf(node: Node, segment: Segment): Node {
  const [first, second] = segment;
  if (second !== undefined || first?.type === 'wildcard') return mixedChildOf(node, segment);
  if (first?.type === 'param') return (node.parameter ??= new Node());
  return node.addLiteral(first?.value ?? '');
}

function mixedChildOf(node: Node, segment: Segment): Node {
  const key = keyOf([segment]);
  const known = node.mixed.find((mixed) => mixed.key === key);
  if (known) return known.node;
  const child = new Node();
  node.mixed.push({ key, regexp: regexpOf([segment]), node: child });
  node.mixed.sort(byText);
  return child;
}

function addWildcard(node: Node, path: readonly Segment[], index: number, route: number): void {
  const takesAll = index === path.length - 1 && path[index]?.length === 1;
  const key = keyOf(path.slice(index));
  node.wildcards.push({ route, key, regexp: takesAll ? undefined : regexpOf(path) });
  node.wildcards.sort(byText);
}

/** Sorts segments with more text first, regardless of the order of the templates. */
function byText(one: Keyed, other: Keyed): number {
  return textLength(other) - textLength(one) || (one.key < other.key ? -1 : 1);
}

function textLength({ key }: Keyed): number {
  return key.replace(/[:*]/g, '').length;
}
