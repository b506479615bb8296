import fc from 'fast-check';
import { fuzzRuns } from '../../../test/fuzz.js';
import { type Document, search } from '../../../test/search-engine.js';
import { Labels } from '../../recording/labels.js';
import { readSettings } from '../../settings.js';
import { BLANK, BUCKETS, cellOf, IncompleteAnswer, INVALID, NO_GROUP, readAnswer, SUM } from './answer.js';
import type { Field, Fields } from './fields.js';
import { questionOf } from './question.js';
import { searchBody, WINDOW } from './request.js';

const [BOUNDS, END, UNIT] = [[0.1, 0.25, 1], 5 * WINDOW, { ELASTICSEARCH_DURATION_UNIT: 'ms' }];
const LISTS = { SERVICES: 'shop', METHODS: 'GET,POST', ROUTES: '/cart,/users/:id,/users/me' };
const keyword = (name: string): Field => ({ name, types: ['keyword'] });
const outcome: Fields = {
  time: { name: 'time', types: ['date'] },
  status: { name: 'status', types: ['long'] },
  env: keyword('env'),
};
const timed: Fields = { ...outcome, duration: { name: 'ms', types: ['long'] } };
const labelled = { service: keyword('service'), method: keyword('method'), path: keyword('path') };

const documents = fc.array(
  fc.record(
    {
      time: fc.integer({ min: 0, max: END - 1 }),
      status: fc.constantFrom(200, 404, 599, 600, 99, -1),
      ms: fc.constantFrom(-1, 0, 99, 100, 101, 1000, 5000, 864_000_000, 864_000_001),
      env: fc.constantFrom('testing', 'production', 'Testing', ''),
      service: fc.constantFrom('shop', 'other', 'x'),
      method: fc.constantFrom('GET', 'get', 'Get', 'DELETE'),
      path: fc.constantFrom('/cart', '/users/1?a', '/users/me/', '/none'),
    },
    { requiredKeys: ['time'] },
  ),
  { maxLength: 40 },
);

describe('readAnswer', () => {
  it.each<[string, NodeJS.ProcessEnv, Fields]>([
    ['without labels', {}, timed],
    ['with labels', LISTS, { ...timed, ...labelled }],
    [
      'with the status as keyword and no durations',
      LISTS,
      { ...outcome, ...labelled, status: keyword('status') },
    ],
    ['with labels that no field tells', LISTS, timed],
  ])('counts each document in one cell, %s', (_what, lists, fields) => {
    const settings = readSettings({ ...UNIT, ...lists });
    const question = questionOf(settings, fields, BOUNDS);
    const labels = new Labels(settings);
    const readBy = (name: string | undefined, value: string | undefined): string | undefined => name && value;
    fc.assert(
      fc.property(documents, (all) => {
        const expected = new Map<string, number>();
        for (const { time, status = NaN, ms = -1, env, service, method, path } of all) {
          const add = (cell: number, count = 1): void => {
            const key = `${Math.floor(time / WINDOW) * WINDOW} ${cell}`;
            if (count > 0) expected.set(key, (expected.get(key) ?? 0) + count);
          };
          const values = [
            readBy(fields.service?.name, service),
            readBy(fields.method?.name, method === 'Get' ? undefined : method),
            readBy(fields.path?.name, path),
          ];
          const place = labels.environment(env);
          const group = place < 0 ? NO_GROUP : labels.groupOf(place, ...values);
          if (place < 0 || !(status >= 100 && status < 600)) {
            add(cellOf(group, Number.isNaN(status) ? BLANK : INVALID));
            continue;
          }
          add(cellOf(group, status));
          if (!fields.duration || ms < 0 || ms > 864_000_000) continue;
          add(cellOf(group, BUCKETS + BOUNDS.filter((bound) => ms / 1000 > bound).length));
          add(cellOf(group, SUM), ms);
        }
        const answer = search(searchBody(question, 0, END), all);
        const cells = readAnswer(answer, question, 0, END, ({ env, service, method, route }) =>
          labels.groupOf(labels.environment(env), service, method, route),
        );
        const actual = Array.from(cells).flatMap(([window, counts]) =>
          Array.from(counts, ([cell, count]): [string, number] => [`${window} ${cell}`, count]),
        );
        expect(new Map(actual)).toEqual(expected);
      }),
    );
  });

  it('counts an answer or says why not, whatever it contains', () => {
    const question = questionOf(readSettings({ ...UNIT, ...LISTS }), { ...timed, ...labelled }, BOUNDS);
    const all = [
      { time: 1, status: 200, ms: 5, env: 'testing', service: 'shop', method: 'GET', path: '/cart' },
    ];
    const text = JSON.stringify(search(searchBody(question, 0, END), all));
    fc.assert(
      fc.property(fc.nat({ max: 400 }), fc.jsonValue(), (place, value) => {
        let at = 0;
        const answer: unknown = JSON.parse(text, (_key, found: unknown) => (at++ === place ? value : found));
        try {
          for (const counts of readAnswer(answer, question, 0, END, () => 0).values())
            for (const count of counts.values()) expect(count).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(IncompleteAnswer);
        }
      }),
      { numRuns: fuzzRuns },
    );
  });

  const document: Document = { time: 1, status: 200, ms: 5, env: 'testing' };
  it.each<[string, Document, (answer: string) => string]>([
    ['timed out', document, (text) => text.replace('"timed_out":false', '"timed_out":true')],
    ['1 of 2 shards answered', document, (text) => text.replace('"successful":2', '"successful":1')],
    ['1 failed', document, (text) => text.replace('"failed":0', '"failed":1')],
    [
      'no shard was searched',
      document,
      (text) => text.replace('"total":2,"successful":2', '"total":0,"successful":0'),
    ],
    [
      'remote cluster',
      document,
      (text) => text.replace('{', '{"_clusters":{"total":2,"successful":1,"skipped":1},'),
    ],
    ['but 2 match', document, (text) => text.replace('{"value":1', '{"value":2')],
    ['hold 1 documents', document, (text) => text.replace('"eq"', '"gte"')],
    ['has no windows', document, (text) => text.replace('"windows"', '"other"')],
    ['not requested', document, (text) => text.replace('"key":0', `"key":${END}`)],
    ['not a count', document, (text) => text.replace('"doc_count":1', '"doc_count":"1"')],
    ['not a number', document, (text) => text.replace('"sum":{"value":5', '"sum":{"value":null')],
    ['env have several values', { ...document, env: ['testing', 'production'] }, String],
    ['status have several values', { ...document, status: [200, 404] }, String],
    ['ms have several values', { ...document, ms: [5, 5000] }, String],
  ])('says "%s" where the counts are not exact', (reason, stored, spoil) => {
    const question = questionOf(readSettings(UNIT), timed, BOUNDS);
    const answer: unknown = JSON.parse(spoil(JSON.stringify(search(searchBody(question, 0, END), [stored]))));
    const read = (): unknown => readAnswer(answer, question, 0, END, () => 0);
    expect(read).toThrow(IncompleteAnswer);
    expect(read).toThrow(reason);
  });
});
