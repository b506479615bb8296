// What Prometheus and whoever speaks its HTTP API answer to queries.
import { z } from 'zod';
import { until } from '../service.js';

const answer = z.object({ status: z.string(), data: z.unknown().optional(), error: z.string().optional() });
const labels = z.record(z.string(), z.string());
const sample = z.tuple([z.number(), z.string()]);
const histogram = z.tuple([z.number(), z.object({ count: z.string() })]);
const vector = z.object({
  result: z.array(
    z.union([
      z.object({ metric: labels, value: sample }),
      z
        .object({ metric: labels, histogram })
        .transform(({ metric, histogram: [time, { count }] }) => ({ metric, value: [time, count] as const })),
    ]),
  ),
});
const matrix = z.object({ result: z.array(z.object({ metric: labels, values: z.array(sample) })) });

/** One element of an instant vector; the value of a native histogram is its count. */
export interface Result {
  labels: Record<string, string>;
  value: number;
}

/** One element of a range vector: its samples' times, in milliseconds since the epoch, and values. */
export interface Series {
  labels: Record<string, string>;
  samples: [time: number, value: number][];
}

export class PromqlApi {
  constructor(readonly url: string) {}

  /**
   * The instant vector that an expression has now, or at a time.
   * @param time in milliseconds since the epoch
   */
  async query(expression: string, time?: number): Promise<Result[]> {
    const { result } = vector.parse(await this.get('/api/v1/query', at(expression, time)));
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: valueOf(value) }));
  }

  /** The value of an expression that has exactly one, or undefined. */
  async value(expression: string, time?: number): Promise<number | undefined> {
    const results = await this.query(expression, time);
    return results.length === 1 ? results[0]?.value : undefined;
  }

  /** Waits until an expression has a value, or one that is expected. What is scraped and evaluated comes when it comes. */
  becomes(expression: string, expected: number | ((value: number) => boolean)): Promise<number | undefined> {
    return until(
      () => this.value(expression),
      (value = NaN) => (typeof expected === 'number' ? value === expected : expected(value)),
    );
  }

  /** The samples of a range vector, such as `up[1m]`, as they are stored. */
  async series(expression: string, time?: number): Promise<Series[]> {
    const { result } = matrix.parse(await this.get('/api/v1/query', at(expression, time)));
    return result.map(({ metric, values }) => ({
      labels: metric,
      samples: values.map(([seconds, value]) => [Math.round(seconds * 1000), valueOf(value)]),
    }));
  }

  /** What Grafana's `label_values(selector, label)` offers. */
  async labelValues(selector: string, label: string): Promise<string[]> {
    return z
      .array(z.string())
      .parse(await this.get(`/api/v1/label/${label}/values`, { 'match[]': selector }));
  }

  protected async get(path: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const response = await fetch(`${this.url}${path}?${new URLSearchParams(parameters).toString()}`);
    const body = answer.parse(await response.json());
    if (body.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }
}

function at(expression: string, time?: number): Record<string, string> {
  return { query: expression, ...(time === undefined ? {} : { time: String(time / 1000) }) };
}

/** As Prometheus writes a sample's value. */
function valueOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
