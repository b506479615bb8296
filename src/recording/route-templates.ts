// Path templates of path-to-regexp 8 → the segments of all paths that they match.
import { parse, pathToRegexp, type Token, TokenData } from 'path-to-regexp';
import { messageOf } from '../platform/message-of.js';

type FlatToken = Exclude<Token, { type: 'group' }>;
export type Segment = readonly FlatToken[];

/** The regular expression of a path with these segments. */
export function regexpOf(path: readonly Segment[]): RegExp {
  const tokens = path.flatMap((segment) => [{ type: 'text' as const, value: '/' }, ...segment]);
  return pathToRegexp(new TokenData(tokens), { sensitive: true }).regexp;
}

/** A key that is the same for paths that differ only in parameter names. */
export function keyOf(path: readonly Segment[]): string {
  return path.map((segment) => `/${segment.map(keyOfToken).join('')}`).join('');
}

function keyOfToken(token: FlatToken): string {
  if (token.type === 'text') return token.value.replace(/[\\:*]/g, '\\$&');
  return token.type === 'param' ? ':' : '*';
}

/**
 * The paths of a template, with and without each of its optional groups, in segments.
 *
 * @throws {Error} if it is not a template of path-to-regexp, or one of its paths does not begin with a slash
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

/** All problems of a list of templates, one sentence each. */
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
