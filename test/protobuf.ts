// Reads pages in protobuf with protobufjs, which shares no code with the service.
import { parse, Reader } from 'protobufjs';
import { z } from 'zod';

/** The part of metrics.proto that is used: https://github.com/prometheus/client_model */
const { root } = parse(
  `syntax = "proto2";
  message LabelPair { optional string name = 1; optional string value = 2; }
  message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
  message Gauge { optional double value = 1; }
  message Counter { optional double value = 1; optional Timestamp created_timestamp = 3; }
  message Bucket { optional uint64 cumulative_count = 1; optional double upper_bound = 2; }
  message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
  message Histogram {
    optional uint64 sample_count = 1; optional double sample_sum = 2; repeated Bucket bucket = 3;
    optional sint32 schema = 5; optional double zero_threshold = 6; optional uint64 zero_count = 7;
    repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13 [packed = true];
    optional Timestamp created_timestamp = 15;
  }
  message Metric {
    repeated LabelPair label = 1; optional Gauge gauge = 2; optional Counter counter = 3; optional Histogram histogram = 7;
  }
  enum MetricType { counter = 0; gauge = 1; histogram = 4; }
  message MetricFamily {
    optional string name = 1; optional string help = 2; optional MetricType type = 3; repeated Metric metric = 4;
  }`,
  { keepCase: true },
);

/** With NaN and infinities, which gauges may be. */
const double = z.union([z.number(), z.nan(), z.literal(Infinity), z.literal(-Infinity)]);
const timestamp = z.object({ seconds: z.number(), nanos: z.number() });
const number = z.object({ value: double, created_timestamp: timestamp.optional() });
const distribution = z.object({
  sample_count: double,
  sample_sum: double,
  bucket: z.array(z.object({ cumulative_count: double, upper_bound: double })),
  schema: double.optional(),
  zero_threshold: double.optional(),
  zero_count: double.optional(),
  positive_span: z.array(z.object({ offset: double.default(0), length: double.default(0) })).default([]),
  positive_delta: z.array(double).default([]),
  created_timestamp: timestamp.optional(),
});
const family = z.object({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  metric: z
    .array(
      z.object({
        label: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        gauge: number.optional(),
        counter: number.optional(),
        histogram: distribution.optional(),
      }),
    )
    .default([]),
});
export type Family = z.infer<typeof family>;
type Native = Pick<z.infer<typeof distribution>, 'positive_span' | 'positive_delta'>;

export const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** A page's families; fields have the names of metrics.proto. */
export function families(page: Uint8Array): Family[] {
  const type = root.lookupType('MetricFamily');
  const reader = Reader.create(page);
  const found: Family[] = [];
  while (reader.pos < reader.len) {
    const message = type.decodeDelimited(reader);
    found.push(family.parse(type.toObject(message, { longs: Number, enums: String })));
  }
  return found;
}

/** The page as text would have it: heads of metrics, and samples by their series. */
export function asText(page: Uint8Array): { heads: string[]; samples: Map<string, number> } {
  const heads: string[] = [];
  const samples = new Map<string, number>();
  for (const { name, help, type, metric } of families(page)) {
    heads.push(`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`);
    for (const { label, gauge, counter, histogram } of metric) {
      const labels = label.map((one) => `${one.name}="${escaped(one.value).replaceAll('"', '\\"')}"`);
      const set = (suffix: string, value: number, ...le: string[]): unknown =>
        samples.set(
          `${name}${suffix}${[...le, ...labels].join() && `{${[...le, ...labels].join()}}`}`,
          value,
        );
      if (gauge) set('', gauge.value);
      if (counter) set('', counter.value);
      if (!histogram) continue;
      for (const { upper_bound, cumulative_count } of histogram.bucket) {
        set('_bucket', cumulative_count, `le="${upper_bound === Infinity ? '+Inf' : upper_bound}"`);
      }
      set('_sum', histogram.sample_sum);
      set('_count', histogram.sample_count);
    }
  }
  return { heads, samples };
}

/** What a native histogram holds by the index of its buckets, without the zero bucket. */
export function nativeCounts({ positive_span, positive_delta }: Native): Map<number, number> {
  const deltas = positive_delta.values();
  const counts = new Map<number, number>();
  let [index, count] = [0, 0];
  for (const { offset, length } of positive_span) {
    index += offset;
    for (const end = index + length; index < end; index++)
      counts.set(index, (count += deltas.next().value ?? NaN));
  }
  return counts;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
