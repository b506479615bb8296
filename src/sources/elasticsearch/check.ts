// Queries the cluster once, for `--check`: which fields exist, which documents would be counted, and which would not.
import { messageOf } from '../../platform/message-of.js';
import { printable } from '../../platform/printable.js';
import { Labels } from '../../recording/labels.js';
import { BLANK, BUCKETS, INVALID, NO_GROUP, partsOf, readAnswer, SUM } from './answer.js';
import { SearchClient } from './client.js';
import { lookUp } from './look-up.js';
import { questionOf, type SearchSettings } from './question.js';
import { SEARCH, searchBody, WINDOW } from './request.js';

/** Most environments and codes that are listed. */
const MOST_LISTED = 20;

/**
 * Returns the lines to print about the fields and the documents of the last ten minutes.
 *
 * @throws {Error} if nothing could be counted
 */
export async function checkElasticsearch(settings: SearchSettings): Promise<string[]> {
  const client = new SearchClient(settings);
  const { signal } = new AbortController();
  try {
    const { fields, missing } = await lookUp(client, settings, new Labels(settings), signal);
    const question = questionOf({ ...settings, SERVICES: [], METHODS: [], ROUTES: [] }, fields, []);
    const to = Math.ceil(Date.now() / WINDOW) * WINDOW;
    const { aggs, ...body } = searchBody(question, to - 10 * WINDOW, to);
    const listed = (name: string | undefined): object => ({ terms: { field: name, size: MOST_LISTED } });
    const lists = {
      ...(fields.env && { env: listed(fields.env.name) }),
      code: listed(fields.status?.name),
    };
    const answer = await client.ask(SEARCH, { ...body, aggs: { ...Object(aggs), ...lists } }, signal);
    const cells = readAnswer(answer, question, to - 10 * WINDOW, to, () => 0);
    const { aggregations } = { ...Object(answer) };
    return [
      ...Object.entries(fields).map(([role, { name, types }]) => `${role}: ${name} (${types.join(', ')})`),
      ...missing.map(({ role, name }) => `${role}: unknown, because no index has the field ${name}`),
      ...(fields.env ? [`environments of the last ten minutes: ${valuesIn(aggregations, 'env')}`] : []),
      `status codes of the last ten minutes: ${valuesIn(aggregations, 'code')}`,
      ...outcomesOf(
        [...cells.values()].flatMap((counts) => Array.from(counts)),
        settings.ENVIRONMENTS,
      ),
    ];
  } catch (error) {
    throw new Error(`Cannot count documents of ${settings.ELASTICSEARCH_INDEX}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    client.close();
  }
}

function valuesIn(aggregations: Readonly<Record<string, unknown>>, name: string): string {
  const { buckets }: { buckets?: readonly Readonly<Record<string, unknown>>[] } = Object(aggregations[name]);
  return (
    buckets?.map(({ key, doc_count }) => `${printable(String(key))} ${String(doc_count)}`).join(', ') ||
    'none'
  );
}

function outcomesOf(
  cells: readonly (readonly [number, number])[],
  environments: readonly string[],
): string[] {
  const sumOf = (fits: (group: number, outcome: number) => boolean): number =>
    cells.reduce((sum, [cell, count]) => (fits(...partsOf(cell)) ? sum + count : sum), 0);
  const lines: [count: number, text: string][] = [
    [sumOf((_, outcome) => outcome > INVALID && outcome < BUCKETS), 'counted'],
    [sumOf((_, outcome) => outcome >= BUCKETS && outcome !== SUM), 'counted with a duration'],
    [sumOf((_, outcome) => outcome === BLANK), 'skipped, because they have no status code'],
    [
      sumOf((group, outcome) => outcome === INVALID && group === NO_GROUP),
      `rejected, because their environment is not one of ${environments.join(', ')}`,
    ],
    [
      sumOf((group, outcome) => outcome === INVALID && group !== NO_GROUP),
      'rejected, because their status code is not from 100 to 599',
    ],
  ];
  return lines.map(([count, text]) => `${count} documents would be ${text}`);
}
