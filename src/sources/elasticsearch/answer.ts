// The answer to a search → the number of documents in each cell, or why it is not known exactly. A cell is a window, a group
// of labels and an outcome: a status code, a bucket, the sum of durations, or a reason why documents are not recorded.
import { type Level, type Question, spellings, WINDOW } from './request.js';

/** Outcomes other than the status codes 100 to 599. From `BUCKETS` on, there is one for each bucket. */
export const [SUM, BLANK, INVALID, BUCKETS] = [0, 1, 2, 600];

/** The group of documents whose environment is not in the list. */
export const NO_GROUP = -1;

/** Most outcomes of a group. */
const OUTCOMES = 4096;

/** The group and outcome of a cell as one number. */
export function cellOf(group: number, outcome: number): number {
  return group * OUTCOMES + outcome;
}

export function partsOf(cell: number): [group: number, outcome: number] {
  const group = Math.floor(cell / OUTCOMES);
  return [group, cell - group * OUTCOMES];
}

/** By window and cell: the number of documents, or the sum of their durations in units of the field. */
export type Cells = Map<number, Map<number, number>>;

/** Why an answer cannot be used. It counts nothing. */
export class IncompleteAnswer extends Error {}

type Json = Readonly<Record<string, unknown>>;
export type Values = Readonly<Partial<Record<Level['label'], string>>>;

/**
 * @param groupOf the group of label values; values that are not listed are left out
 * @throws {IncompleteAnswer} if the answer does not contain every document exactly once
 */
export function readAnswer(
  answer: unknown,
  question: Question,
  from: number,
  to: number,
  groupOf: (values: Values) => number,
): Cells {
  const { timed_out, _shards, _clusters, hits, aggregations } = objectOf(answer);
  if (timed_out !== false) throw new IncompleteAnswer('the search timed out');
  checkShards(objectOf(_shards));
  const { skipped = 0, partial = 0, failed = 0, running = 0 } = objectOf(_clusters);
  if ([skipped, partial, failed, running].some((count) => count !== 0))
    throw new IncompleteAnswer('a remote cluster did not answer completely');
  const cells: Cells = new Map();
  let documents = 0;
  for (const bucket of bucketsOf(aggregations, 'windows')) {
    const window = countOf(bucket, 'key');
    if (window % WINDOW !== 0 || window < from || window >= to)
      throw new IncompleteAnswer('it has a window that was not requested');
    const counts = new Map<number, number>();
    new WindowReader(question, groupOf, counts).read(bucket, 0, {});
    cells.set(window, counts);
    documents += documentsOf(bucket);
  }
  const { value, relation } = objectOf(objectOf(hits)['total']);
  if (value !== documents || relation !== 'eq')
    throw new IncompleteAnswer(`its windows hold ${documents} documents, but ${String(value)} match`);
  return cells;
}

function checkShards(shards: Json): void {
  const [total, successful, failed] = ['total', 'successful', 'failed'].map((name) => countOf(shards, name));
  if (total === 0)
    throw new IncompleteAnswer('no shard was searched: does the index exist, and may the user read it?');
  if (failed !== 0 || successful !== total)
    throw new IncompleteAnswer(`${successful} of ${total} shards answered, ${failed} failed`);
}

class WindowReader {
  constructor(
    private readonly question: Question,
    private readonly groupOf: (values: Values) => number,
    private readonly counts: Map<number, number>,
  ) {}

  /** Reads the aggregations below a bucket whose labels above `depth` have these values. */
  read(bucket: Json, depth: number, values: Values): void {
    const level = this.question.levels[depth];
    if (!level) return this.outcomes(bucket, this.groupOf(values));
    const { label, field } = level;
    const listed = bucketsOf(bucket, 'listed').map((child, i) => [valueOf(level, child, i), child] as const);
    const others = level.isPath ? [] : [[undefined, objectOf(bucket['other'])] as const];
    let documents = 0;
    for (const [value, child] of [...listed, ...others]) {
      documents += documentsOf(child);
      if (value !== undefined) this.read(child, depth + 1, { ...values, [label]: value });
      else if (label === 'env') this.unknownEnvironment(child);
      else this.read(child, depth + 1, values);
    }
    if (documents !== documentsOf(bucket)) throw severalValues(field.name);
  }

  private unknownEnvironment(bucket: Json): void {
    const blank = documentsOf(objectOf(bucket['blank']));
    this.add(NO_GROUP, BLANK, blank);
    this.add(NO_GROUP, INVALID, documentsOf(bucket) - blank);
  }

  private outcomes(bucket: Json, group: number): void {
    const { status, duration } = this.question.fields;
    const blank = documentsOf(objectOf(bucket['blank']));
    // A range aggregation is a list with one bucket.
    const [valid = objectOf(bucket['valid'])] = Array.isArray(objectOf(bucket['valid'])['buckets'])
      ? bucketsOf(bucket, 'valid')
      : [];
    let documents = 0;
    for (const code of bucketsOf(valid, 'status')) {
      this.add(group, statuscodeOf(code['key']), documentsOf(code));
      documents += documentsOf(code);
    }
    const invalid = documentsOf(bucket) - blank - documentsOf(valid);
    if (documents !== documentsOf(valid) || invalid < 0) throw severalValues(status?.name);
    this.add(group, BLANK, blank);
    this.add(group, INVALID, invalid);
    if (duration) this.durations(bucketsOf(valid, 'timed')[0], group);
  }

  private durations(timed: Json | undefined, group: number): void {
    let documents = 0;
    const buckets = bucketsOf(timed, 'buckets');
    for (const [i, bucket] of buckets.entries()) {
      this.add(group, BUCKETS + i, documentsOf(bucket));
      documents += documentsOf(bucket);
    }
    if (documents !== documentsOf(objectOf(timed))) throw severalValues(this.question.fields.duration?.name);
    const sum = objectOf(objectOf(timed)['sum'])['value'];
    if (typeof sum !== 'number' || !(sum >= 0))
      throw new IncompleteAnswer('a sum of durations is not a number');
    this.add(group, SUM, sum);
  }

  /** Adds up, because two spellings of a method are one group. */
  private add(group: number, outcome: number, count: number): void {
    const cell = cellOf(group, outcome);
    if (count !== 0) this.counts.set(cell, (this.counts.get(cell) ?? 0) + count);
  }
}

/** The listed value of a bucket; undefined if it is not listed. */
function valueOf({ label, values, isPath }: Level, bucket: Json, place: number): string | undefined {
  if (isPath) return values[place];
  return values.find((value) => spellings(label, value).includes(String(bucket['key'])));
}

function statuscodeOf(key: unknown): number {
  const code = Number(key);
  if (Number.isInteger(code) && code >= 100 && code <= 599) return code;
  throw new IncompleteAnswer(`${String(key)} is not a status code`);
}

function severalValues(field = ''): IncompleteAnswer {
  return new IncompleteAnswer(`the counts do not add up: does ${field} have several values in a document?`);
}

function bucketsOf(parent: unknown, name: string): readonly Json[] {
  const { buckets } = objectOf(objectOf(parent)[name]);
  if (!Array.isArray(buckets)) throw new IncompleteAnswer(`it has no ${name}`);
  return buckets.map(objectOf);
}

function documentsOf(bucket: Json): number {
  return countOf(bucket, 'doc_count');
}

function countOf(object: Json, name: string): number {
  const count = object[name];
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new IncompleteAnswer(`its ${name} is not a count`);
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
