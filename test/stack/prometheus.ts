// Starts a real Prometheus on a shipped configuration and its rules, and asks it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../process.js';
import { freePort, until } from '../service.js';

const answer = z.object({ status: z.string(), data: z.unknown(), error: z.string().optional() });
const vector = z.object({
  result: z.array(
    z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
  ),
});
const rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          name: z.string(),
          health: z.enum(['unknown', 'ok', 'err']),
          lastError: z.string().optional(),
          state: z.enum(['inactive', 'pending', 'firing']).optional(),
        }),
      ),
    }),
  ),
});

/** A rule as Prometheus last evaluated it; only alerts have a state. */
export type Rule = z.infer<typeof rules>['groups'][number]['rules'][number];

interface ShippedConfiguration {
  global: object;
  rule_files: string[];
  scrape_configs: { static_configs?: { targets: string[] }[] }[];
}

/** One element of an instant vector. */
export interface Result {
  labels: Record<string, string>;
  value: number;
}

export interface Configuration {
  /** Path of the shipped configuration, from the repository's root. */
  file: string;
  /** What stands in it for an address, and the address or addresses that the test has. */
  addresses: Readonly<Record<string, string | readonly string[]>>;
  /** Replaces the intervals, also those of the rules, so that a test needs no minutes. */
  interval: string;
  /** What stands in the files beside it, by their paths. */
  files?: Readonly<Record<string, string | Buffer>>;
  /** Samples that are there from the start, in the OpenMetrics format, with their times. */
  history?: string;
}

export class Prometheus {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly address: string,
    private readonly directory: string,
  ) {}

  get url(): string {
    return `http://${this.address}`;
  }

  static async start({ file, addresses, interval, files = {}, history }: Configuration): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const config: ShippedConfiguration = parse(readFileSync(join(ROOT, file), 'utf8'));
    Object.assign(config.global, { scrape_interval: interval, evaluation_interval: interval });
    const actual: Configuration['addresses'] = { ...addresses, 'localhost:9090': address };
    for (const group of config.scrape_configs.flatMap(({ static_configs = [] }) => static_configs)) {
      group.targets = group.targets.flatMap((target) => actual[target] ?? target);
    }
    writeFileSync(join(directory, 'prometheus.yml'), stringify(config));
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    for (const pattern of config.rule_files) {
      copyRules(join(ROOT, dirname(file), dirname(pattern)), join(directory, dirname(pattern)), interval);
    }
    if (history !== undefined) {
      writeFileSync(join(directory, 'history'), history);
      const blocks = [join(directory, 'history'), join(directory, 'data')];
      promtool('tsdb', 'create-blocks-from', 'openmetrics', ...blocks);
    }
    const prometheus = new Prometheus(address, directory);
    await prometheus.startAgain();
    return prometheus;
  }

  /** Ends it as a crash would, whatever it is about to write. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Starts it on the configuration and the data that it had before. */
  async startAgain(): Promise<void> {
    this.child = spawn(
      'prometheus',
      [
        `--config.file=${join(this.directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(this.directory, 'data')}`,
        `--web.listen-address=${this.address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    await until(
      () =>
        fetch(`${this.url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ready) => ready,
    );
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

  /** All rules, with how their last evaluation went. */
  async rules(): Promise<Rule[]> {
    return rules.parse(await this.get('/api/v1/rules')).groups.flatMap((group) => group.rules);
  }

  /** Exchanges a file beside its configuration. */
  write(path: string, content: string): void {
    writeFileSync(join(this.directory, path), content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.directory, { recursive: true });
  }

  private async get(path: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const response = await fetch(`${this.url}${path}?${new URLSearchParams(parameters).toString()}`);
    const body = answer.parse(await response.json());
    if (body.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }
}

/** Copies the files of rules in a folder, each group with another interval. */
function copyRules(from: string, to: string, interval: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from).filter((entry) => entry.endsWith('.yml'))) {
    const file: { groups: object[] } = parse(readFileSync(join(from, name), 'utf8'));
    for (const group of file.groups) Object.assign(group, { interval });
    writeFileSync(join(to, name), stringify(file));
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
