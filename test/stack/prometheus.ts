// Starts a real Prometheus on a shipped configuration and asks it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../process.js';
import { freePort, until } from '../service.js';

const answer = z.object({ status: z.string(), data: z.unknown(), error: z.string().optional() });
const vector = z.object({
  result: z.array(
    z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
  ),
});

/** One element of an instant vector. */
export interface Result {
  labels: Record<string, string>;
  value: number;
}

export interface Configuration {
  /** Path of the shipped configuration, from the repository's root. */
  file: string;
  /** What stands in it for an address, and the address that the test has. */
  addresses: Readonly<Record<string, string>>;
  /** Replaces the intervals, so that a test needs no minutes. */
  interval: string;
  /** Samples that are there from the start, in the OpenMetrics format, with their times. */
  history?: string;
}

export class Prometheus {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start({ file, addresses, interval, history }: Configuration): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config = parseDocument(readFileSync(join(ROOT, file), 'utf8'));
    config.setIn(['global', 'scrape_interval'], interval);
    config.setIn(['global', 'evaluation_interval'], interval);
    const targets = Object.entries({ ...addresses, 'localhost:9090': address });
    const text = targets.reduce(
      (all, [shipped, actual]) => all.replaceAll(shipped, actual),
      config.toString(),
    );
    writeFileSync(join(directory, 'prometheus.yml'), text);
    if (history !== undefined) {
      writeFileSync(join(directory, 'history'), history);
      const files = [join(directory, 'history'), join(directory, 'data')];
      promtool('tsdb', 'create-blocks-from', 'openmetrics', ...files);
    }
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new Prometheus(`http://${address}`, child, directory);
    await until(
      () =>
        fetch(`${prometheus.url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ready) => ready,
    );
    return prometheus;
  }

  /**
   * The instant vector that an expression has now, or at a time.
   * @param time in milliseconds since the epoch
   */
  async query(expression: string, time?: number): Promise<Result[]> {
    const at = time === undefined ? {} : { time: String(time / 1000) };
    const { result } = vector.parse(await this.get('/api/v1/query', { query: expression, ...at }));
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: valueOf(value) }));
  }

  /** The value of an expression that has exactly one, or undefined. */
  async value(expression: string): Promise<number | undefined> {
    const results = await this.query(expression);
    return results.length === 1 ? results[0]?.value : undefined;
  }

  /** What Grafana's `label_values(selector, label)` offers. */
  async labelValues(selector: string, label: string): Promise<string[]> {
    return z
      .array(z.string())
      .parse(await this.get(`/api/v1/label/${label}/values`, { 'match[]': selector }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    rmSync(this.directory, { recursive: true });
  }

  private async get(path: string, parameters: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.url}${path}?${new URLSearchParams(parameters).toString()}`);
    const body = answer.parse(await response.json());
    if (body.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }
}

/** As Prometheus writes a sample's value. */
function valueOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

/** Runs promtool and returns what it printed. Throws if it does not accept its input. */
export function promtool(...parameters: string[]): string {
  return execFileSync('promtool', parameters, { cwd: ROOT, encoding: 'utf8' });
}
