// A list of route templates, as path-to-regexp 8 has them → a trie of segments that maps a path or URL to one of them. Literal
// and `:parameter` segments are compared character by character; only what else a template may hold needs a regular expression.
import { parse, pathToRegexp, type Token, TokenData } from 'path-to-regexp';
import { messageOf } from '../platform/message-of.js';

const NONE = -1;
const [SLASH, QUERY, FRAGMENT] = [0x2f, 0x3f, 0x23];

type FlatToken = Exclude<Token, { type: 'group' }>;
export type Segment = readonly FlatToken[];

/** What may follow the segments before it, in order of precedence. */
class Node {
  /** The template that ends here. */
  route = NONE;
  readonly literals = new Map<number, Literal>();
  readonly mixed: Mixed[] = [];
  parameter: Node | undefined;
  readonly wildcards: Wildcard[] = [];
}

interface Literal {
  readonly text: string;
  readonly node: Node;
  /** Another with the same hash. */
  readonly next: Literal | undefined;
}

/** Its key is the same for those that differ in the names of parameters alone. */
interface Keyed {
  readonly key: string;
}

/** A segment of text and parameters, such as `v:version`. */
interface Mixed extends Keyed {
  readonly regexp: RegExp;
  readonly node: Node;
}

interface Wildcard extends Keyed {
  readonly route: number;
  /** For the whole path; undefined where the wildcard takes all that is left. */
  readonly regexp: RegExp | undefined;
}

/**
 * Finds the template that a path belongs to. Case counts, a trailing slash does not; nothing is decoded. Where several match,
 * the one whose first differing segment is literal wins, then text with parameters, a parameter, and a wildcard last.
 */
export class Routes {
  private readonly root = new Node();
  /** Templates that would not be found as paths, such as `/a{/:b}`. */
  private readonly names = new Map<string, number>();

  /** @throws {Error} if a template is not valid; `routeProblems` names all that is wrong */
  constructor(readonly templates: readonly string[]) {
    templates.forEach((template, route) => {
      for (const path of alternatives(template)) add(this.root, path, route);
    });
    templates.forEach((template, route) => {
      if (this.match(template) !== route) this.names.set(template, route);
    });
  }

  /**
   * Returns the index of the template that a path, a URL or the template itself belongs to, or -1. What is neither, such as
   * `*` or the `host:443` of CONNECT, belongs to none.
   */
  match(pathOrUrl: string): number {
    if (this.names.size > 0) {
      const named = this.names.get(pathOrUrl);
      if (named !== undefined) return named;
    }
    const path = pathOrUrl.charCodeAt(0) === SLASH ? pathOrUrl : pathOf(pathOrUrl);
    return path === undefined ? NONE : find(this.root, path, 1);
  }
}

/** Matches the segments of a path from `start`, where one begins. No node is visited twice, so the time is limited. */
function find(node: Node, path: string, start: number): number {
  let hash = 0;
  let end = start;
  for (; end < path.length; end++) {
    const code = path.charCodeAt(end);
    if (code === SLASH || code === QUERY || code === FRAGMENT) break;
    hash = hashWith(hash, code);
  }
  const next = endsAt(path, end) || endsAt(path, end + 1) ? NONE : end + 1;

  for (let literal = node.literals.get(hash); literal !== undefined; literal = literal.next) {
    if (!isAt(path, start, end, literal.text)) continue;
    const route = next === NONE ? literal.node.route : find(literal.node, path, next);
    if (route !== NONE) return route;
  }
  return findOther(node, path, start, end, next);
}

function isAt(path: string, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (path.charCodeAt(start + index) !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Where the segment from `start` to `end` is not literal. */
function findOther(node: Node, path: string, start: number, end: number, next: number): number {
  for (const mixed of node.mixed) {
    if (!mixed.regexp.test(path.slice(start - 1, end))) continue;
    const route = next === NONE ? mixed.node.route : find(mixed.node, path, next);
    if (route !== NONE) return route;
  }
  if (node.parameter !== undefined && end > start) {
    const route = next === NONE ? node.parameter.route : find(node.parameter, path, next);
    if (route !== NONE) return route;
  }
  if (node.wildcards.length === 0 || endsAt(path, start)) return NONE;
  const matches = ({ regexp }: Wildcard): boolean => regexp?.test(path.replace(/[?#].*$/s, '')) ?? true;
  return node.wildcards.find(matches)?.route ?? NONE;
}

function hashWith(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}

/** Whether the path ends before this character, query and fragment apart. */
function endsAt(path: string, index: number): boolean {
  if (index >= path.length) return true;
  const code = path.charCodeAt(index);
  return code === QUERY || code === FRAGMENT;
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
  const text = first?.value ?? '';
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = hashWith(hash, text.charCodeAt(index));
  const next = node.literals.get(hash);
  for (let known = next; known !== undefined; known = known.next) if (known.text === text) return known.node;
  const child = new Node();
  node.literals.set(hash, { text, node: child, next });
  return child;
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

/** What holds more text is tried first, whatever the order of the templates. */
function byText(one: Keyed, other: Keyed): number {
  return textLength(other) - textLength(one) || (one.key < other.key ? -1 : 1);
}

function textLength({ key }: Keyed): number {
  return key.replace(/[:*]/g, '').length;
}

function regexpOf(path: readonly Segment[]): RegExp {
  const tokens = path.flatMap((segment) => [{ type: 'text' as const, value: '/' }, ...segment]);
  return pathToRegexp(new TokenData(tokens), { sensitive: true }).regexp;
}

/** The same for paths that differ in the names of parameters alone. */
function keyOf(path: readonly Segment[]): string {
  return path.map((segment) => `/${segment.map(keyOfToken).join('')}`).join('');
}

function keyOfToken(token: FlatToken): string {
  if (token.type === 'text') return token.value.replace(/[\\:*]/g, '\\$&');
  return token.type === 'param' ? ':' : '*';
}

/**
 * The paths that a template stands for, with and without each of its optional groups, in segments.
 *
 * @throws {Error} if it is not a template of path-to-regexp, or a path of it does not begin with a slash
 */
export function alternatives(template: string): Segment[][] {
  const data = parse(template);
  pathToRegexp(data);
  return flatten(data.tokens).map(segmentsOf);
}

function flatten(tokens: readonly Token[]): FlatToken[][] {
  let heads: FlatToken[][] = [[]];
  for (const token of tokens) {
    const tails = token.type === 'group' ? [...flatten(token.tokens), []] : [[token]];
    heads = heads.flatMap((head) => tails.map((tail) => head.concat(tail)));
  }
  return heads;
}

function segmentsOf(tokens: readonly FlatToken[]): Segment[] {
  let segment: FlatToken[] = [];
  const segments = [segment];
  for (const token of tokens) {
    const [text = '', ...further] = token.type === 'text' ? token.value.split('/') : [];
    if (/[?#]/.test(text + further.join(''))) throw new Error('holds "?" or "#", which no path has');
    const last = segment.at(-1);
    if (token.type !== 'text') segment.push(token);
    else if (last?.type === 'text') segment[segment.length - 1] = { type: 'text', value: last.value + text };
    else if (text !== '') segment.push({ type: 'text', value: text });
    for (const value of further) {
      segment = value === '' ? [] : [{ type: 'text', value }];
      segments.push(segment);
    }
  }
  if (segments.shift()?.length !== 0) throw new Error('does not begin with "/"');
  if (segments.length === 0) return [[]];
  if (segments.length > 1 && segments.at(-1)?.length === 0) segments.pop();
  return segments;
}

/** All that is wrong with a list of templates, a sentence each. */
export function routeProblems(templates: readonly string[]): string[] {
  const problems = new Set<string>();
  const taken = new Map<string, string>();
  for (const template of templates) {
    const named = JSON.stringify(template);
    try {
      if (!/^[{/]/.test(template)) throw new Error('does not begin with "/"');
      const keys = new Set(alternatives(template).map(keyOf));
      for (const key of keys) {
        const other = taken.get(key);
        if (other === template) problems.add(`${named} is named twice`);
        else if (other !== undefined)
          problems.add(`${JSON.stringify(other)} and ${named} match the same paths`);
        else taken.set(key, template);
      }
    } catch (error) {
      const [reason = ''] = messageOf(error).split(`: ${template}; visit`);
      problems.add(`${named} is no template: ${reason}`);
    }
  }
  return [...problems];
}
