// As much of a search as the service asks for, over documents in memory: what Elasticsearch and OpenSearch answer.
type Json = Readonly<Record<string, unknown>>;
type Value = string | number;
export type Document = Readonly<Record<string, Value | readonly Value[] | undefined>>;

/** Answers a search of documents whose fields are written flat: `{'http.response.status_code': 200}`. */
export function search(body: Json, documents: readonly Document[]): Record<string, unknown> {
  const found = documents.filter((document) => fits(object(body['query']), document));
  return {
    took: 1,
    timed_out: false,
    _shards: { total: 2, successful: 2, skipped: 1, failed: 0 },
    hits: { total: { value: found.length, relation: 'eq' }, max_score: null, hits: [] },
    aggregations: aggregate(object(body['aggs']), found),
  };
}

function aggregate(aggregations: Json, documents: readonly Document[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(aggregations).map(([name, aggregation]) => [name, one(object(aggregation), documents)]),
  );
}

function one(aggregation: Json, documents: readonly Document[]): unknown {
  const { aggs, ...kinds } = aggregation;
  const kind = Object.keys(kinds)[0] ?? '';
  const options = object(kinds[kind]);
  const bucket = (key: Json, inside: readonly Document[]): Json => ({
    ...key,
    doc_count: inside.length,
    ...aggregate(object(aggs), inside),
  });
  const valuesIn = (document: Document): readonly Value[] => values(document, String(options['field']));
  switch (kind) {
    case 'missing':
      return bucket(
        {},
        documents.filter((document) => valuesIn(document).length === 0),
      );
    case 'filter':
      return bucket(
        {},
        documents.filter((document) => fits(options, document)),
      );
    case 'filters': {
      const filters = list(options['filters']).map(object);
      const fit = filters.map((filter) => documents.filter((document) => fits(filter, document)));
      const others = documents.filter((document) => !filters.some((filter) => fits(filter, document)));
      return { buckets: [...fit, others].map((inside) => bucket({}, inside)) };
    }
    case 'sum':
      return { value: documents.flatMap(valuesIn).reduce<number>((sum, next) => sum + Number(next), 0) };
    case 'range':
      return {
        buckets: list(options['ranges']).map((range) => {
          const { from = -Infinity, to = Infinity } = object(range);
          const isIn = (number: Value): boolean =>
            Number(number) >= Number(from) && Number(number) < Number(to);
          return bucket(
            { from, to },
            documents.filter((document) => valuesIn(document).some(isIn)),
          );
        }),
      };
    default: {
      const keyOf = (value: Value): Value =>
        kind === 'terms' ? value : Math.floor(Number(value) / 60_000) * 60_000;
      const include = options['include'] === undefined ? undefined : new Set(list(options['include']));
      const keys = new Set(documents.flatMap((document) => valuesIn(document).map(keyOf)));
      const named = [...keys]
        .filter((key) => include?.has(key) ?? true)
        .slice(0, Number(options['size'] ?? Infinity));
      const inside = (key: Value): Document[] =>
        documents.filter((document) => valuesIn(document).some((value) => keyOf(value) === key));
      return { buckets: named.map((key) => bucket({ key }, inside(key))) };
    }
  }
}

function fits(query: Json, document: Document): boolean {
  const kind = Object.keys(query)[0] ?? '';
  const options = object(query[kind]);
  const field = Object.keys(options)[0] ?? '';
  const wanted = options[field];
  switch (kind) {
    case 'bool': {
      const all = (clause: unknown): Json[] =>
        (Array.isArray(clause) ? clause : [clause ?? []]).flat().map(object);
      const { filter, must_not, should } = options;
      return (
        all(filter).every((clause) => fits(clause, document)) &&
        !all(must_not).some((clause) => fits(clause, document)) &&
        (should === undefined || all(should).some((clause) => fits(clause, document)))
      );
    }
    case 'terms':
      return values(document, field).some((own) => list(wanted).map(String).includes(String(own)));
    case 'range': {
      const { gte, lt } = object(wanted);
      return values(document, field).some((own) => Number(own) >= Number(gte) && Number(own) < Number(lt));
    }
    case 'regexp':
      return values(document, field).some((own) => luceneRegExp(object(wanted)['value']).test(String(own)));
    default:
      return true; // a query of the user
  }
}

/** What these expressions hold means the same in JavaScript. */
function luceneRegExp(value: unknown): RegExp {
  return new RegExp(`^(?:${String(value)})$`, 's');
}

function values(document: Document, field: string): readonly Value[] {
  return [document[field] ?? []].flat();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): Json {
  return { ...Object(value) };
}
