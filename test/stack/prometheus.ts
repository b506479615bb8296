// Starts a real Prometheus on a shipped configuration and its rules, and asks it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../process.js';
import { freePort, until } from '../service.js';
import { type Configuration, writeConfiguration } from './configuration.js';
import { PromqlApi } from './promql.js';

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

interface Start extends Configuration {
  /** Samples that are there from the start, in the OpenMetrics format, with their times. */
  history?: string;
  /** Whether it only sends on what it scrapes; it then answers no queries. */
  agent?: boolean;
}

export class Prometheus extends PromqlApi {
  private child: ChildProcess | undefined;

  private constructor(
    url: string,
    private readonly directory: string,
    private readonly parameters: readonly string[],
  ) {
    super(url);
  }

  static async start({ history, agent = false, addresses, ...configuration }: Start): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const actual = { ...addresses, 'localhost:9090': address };
    const file = writeConfiguration({ ...configuration, addresses: actual }, directory);
    const data = join(directory, 'data');
    if (history !== undefined) {
      writeFileSync(join(directory, 'history'), history);
      promtool('tsdb', 'create-blocks-from', 'openmetrics', join(directory, 'history'), data);
    }
    const storage = agent
      ? ['--enable-feature=agent', `--storage.agent.path=${data}`]
      : [`--storage.tsdb.path=${data}`];
    const parameters = [`--config.file=${file}`, ...storage, `--web.listen-address=${address}`];
    const prometheus = new Prometheus(`http://${address}`, directory, parameters);
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
    this.child = spawn('prometheus', [...this.parameters, '--log.level=warn'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await until(
      () =>
        fetch(`${this.url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ready) => ready,
    );
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
}

/** Runs promtool and returns what it printed. Throws if it does not accept its input. */
export function promtool(...parameters: string[]): string {
  return execFileSync('promtool', parameters, { cwd: ROOT, encoding: 'utf8' });
}
