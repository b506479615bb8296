// Route templates → queries that match documents with raw paths, as the recorder does: the query, the fragment, a trailing slash
// and the origin of a URL are ignored.
import { alternatives, type Segment } from '../../recording/route-templates.js';

type Query = Readonly<Record<string, unknown>>;

interface Path {
  segments: readonly Segment[];
  query: Query;
}

/** One query for each template, in their order. No document matches two of them. */
export function pathFilters(field: string, templates: readonly string[]): Query[] {
  const routes = templates.map((template) =>
    alternatives(template).map((segments): Path => ({
      segments,
      query: { regexp: { [field]: { value: regexpOf(segments) } } },
    })),
  );
  return routes.map((paths) => ({
    bool: { should: paths.map((path) => without(path, routes.flat())), minimum_should_match: 1 },
  }));
}

/** Excludes paths of other templates, which take precedence. */
function without({ segments, query }: Path, paths: readonly Path[]): Query {
  const first = paths.filter(
    (path) => overlap(path.segments, segments) && order(path.segments, segments) < 0,
  );
  return first.length === 0 ? query : { bool: { filter: query, must_not: first.map((path) => path.query) } };
}

const ORIGIN = String.raw`[a-zA-Z][a-zA-Z0-9+.\-]*://[^/?#]*`;

/** A regular expression in Lucene's syntax, which always matches the whole value. */
function regexpOf(segments: readonly Segment[]): string {
  const path = segments.map((segment) => `/${segment.map(tokenRegexp).join('')}`).join('');
  const whole = path === '/' ? `((${ORIGIN})?/|${ORIGIN})` : `(${ORIGIN})?${path}`;
  return String.raw`${whole}/?([?\#].*)?`;
}

function tokenRegexp(token: Segment[number]): string {
  if (token.type === 'text') return token.value.replace(/[^\p{L}\p{N}_/]/gu, String.raw`\$&`);
  return token.type === 'param' ? '[^/?#]+' : '[^?#]+';
}

/** Below 0 if the first path wins where both match: literal text, then text with parameters, a parameter, a wildcard. */
function order(one: readonly Segment[], other: readonly Segment[]): number {
  for (const [i, segment] of one.entries()) {
    const opposite = other[i] ?? [];
    const difference = rankOf(segment) - rankOf(opposite) || textLength(opposite) - textLength(segment);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(segment: Segment): number {
  if (segment.some(({ type }) => type === 'wildcard')) return 3;
  if (segment.length === 1 && segment[0]?.type === 'param') return 2;
  return segment.some(({ type }) => type === 'param') ? 1 : 0;
}

function textLength(segment: Segment): number {
  return segment.reduce((length, token) => length + (token.type === 'text' ? token.value.length : 0), 0);
}

/** Whether a path may match both. */
function overlap(one: readonly Segment[], other: readonly Segment[]): boolean {
  for (const [i, segment] of one.entries()) {
    const opposite = other[i];
    if (opposite === undefined) return false;
    if (rankOf(segment) === 3 || rankOf(opposite) === 3) return true;
    const areLiteral = rankOf(segment) === 0 && rankOf(opposite) === 0;
    if (
      areLiteral &&
      segment[0]?.type === 'text' &&
      opposite[0]?.type === 'text' &&
      segment[0].value !== opposite[0].value
    )
      return false;
  }
  return one.length === other.length;
}
