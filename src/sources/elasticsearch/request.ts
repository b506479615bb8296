// The search of a poll: aggregates the documents of some windows by environment, labels, status code and bucket.
import { MOST_SECONDS } from '../../recording/observation.js';
import { above, INTEGERS } from './bounds.js';
import type { Field, Fields } from './fields.js';
import { pathFilters } from './path-filters.js';

/** Milliseconds of one window of time, in which documents are counted. */
export const WINDOW = 60_000;

type Json = Readonly<Record<string, unknown>>;

/** A label: its listed values, and the field that contains them. Other values are `other`. */
export interface Level {
  label: 'env' | 'service' | 'method' | 'route';
  values: readonly string[];
  field: Field;
  /** Whether the field contains raw paths, and the values are templates for them. */
  isPath: boolean;
}

export interface Question {
  fields: Fields;
  levels: readonly Level[];
  /** Upper bounds of the buckets in seconds, without +Inf. */
  bounds: readonly number[];
  /** Units of the duration per second. */
  unitsPerSecond: number;
  query?: object;
  timeoutSeconds: number;
}

/** Parameters of every search: no partial results, no useless caching, and the same shard copies each time. */
export const SEARCH =
  '_search?allow_partial_search_results=false&allow_no_indices=false&request_cache=false&preference=service-collector';

/** The search for windows from `from` to before `to`, in milliseconds since 1970. */
export function searchBody(question: Question, from: number, to: number): Json {
  const time = nameOf(question.fields.time);
  const range = { range: { [time]: { gte: from, lt: to, format: 'epoch_millis' } } };
  return {
    size: 0,
    track_total_hits: true,
    timeout: `${question.timeoutSeconds}s`,
    query: { bool: { filter: question.query === undefined ? [range] : [range, question.query] } },
    aggs: {
      windows: {
        date_histogram: { field: time, fixed_interval: `${WINDOW / 1000}s`, min_doc_count: 1 },
        aggs: levelsBelow(question, 0),
      },
    },
  };
}

/** Each label has the aggregations below it twice: for its listed values, and for all others. */
function levelsBelow(question: Question, depth: number): Json {
  const level = question.levels[depth];
  if (!level) return outcomes(question);
  const { label, field, isPath } = level;
  const aggs = levelsBelow(question, depth + 1);
  if (isPath) {
    const filters = pathFilters(field.name, level.values);
    return { listed: { filters: { filters, other_bucket_key: 'other' }, aggs } };
  }
  const values = level.values.flatMap((value) => spellings(label, value));
  const others = { bool: { must_not: [{ terms: { [field.name]: values } }] } };
  return {
    listed: { terms: { field: field.name, include: values, size: values.length }, aggs },
    other: { filter: others, aggs: label === 'env' ? withoutStatus(question) : aggs },
  };
}

/** Some shippers write methods in lower case. */
export function spellings(label: Level['label'], value: string): string[] {
  return label === 'method' ? [value, value.toLowerCase()] : [value];
}

function withoutStatus({ fields }: Question): Json {
  return { blank: { missing: { field: nameOf(fields.status) } } };
}

const CODES = Array.from({ length: 500 }, (_, i) => 100 + i);

function outcomes(question: Question): Json {
  const { status, duration } = question.fields;
  const field = nameOf(status);
  // A range reads only the documents that match the query. A filter would search the whole index.
  const valid = status?.types.every((type) => INTEGERS.includes(type))
    ? { range: { field, ranges: [{ from: 100, to: 600 }] } }
    : { filter: { terms: { [field]: CODES.map(String) } } };
  const aggs = {
    status: { terms: { field, size: CODES.length } },
    ...(duration && { timed: durations(question, duration) }),
  };
  return { ...withoutStatus(question), valid: { ...valid, aggs } };
}

function durations({ bounds, unitsPerSecond }: Question, { name: field, types }: Field): Json {
  const edges = [...bounds, MOST_SECONDS].map((bound) => above(bound * unitsPerSecond, types));
  // If the field cannot store a bound, the range is open-ended and the last one.
  const count = edges.indexOf(Infinity) + 1 || edges.length;
  const ranges = edges.slice(0, count).map((to, i) => rangeOf(edges[i - 1] ?? 0, to));
  return {
    range: { field, ranges: [rangeOf(0, edges.at(-1))] },
    aggs: { buckets: { range: { field, ranges } }, sum: { sum: { field } } },
  };
}

function rangeOf(from: number, to = Infinity): Json {
  return to === Infinity ? { from } : { from, to };
}

function nameOf(field: Field | undefined): string {
  return field?.name ?? '';
}
