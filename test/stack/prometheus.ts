// Starts a real Prometheus on a shipped configuration and its rules, and asks it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../process.js';
import { Program } from '../program.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';
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
  /** The program, and further flags for it; by default Debian's, without any. */
  program?: string;
  flags?: readonly string[];
}

/** Prometheus 3, which `.ci/programs` fetches. */
export const PROMETHEUS_3 = join(ROOT, 'build/programs/prometheus3');

export class Prometheus extends PromqlApi implements AsyncDisposable {
  private program: Program | undefined;

  private constructor(
    url: string,
    private readonly folder: TemporaryFolder,
    private readonly command: readonly string[],
  ) {
    super(url);
  }

  static async start({
    history,
    agent = false,
    program = 'prometheus',
    flags = [],
    addresses,
    ...configuration
  }: Start): Promise<Prometheus> {
    const folder = new TemporaryFolder();
    const address = await freeAddress();
    const actual = { ...addresses, 'localhost:9090': address };
    const file = writeConfiguration({ ...configuration, addresses: actual }, folder.path);
    const data = folder.file('data');
    if (history !== undefined) {
      writeFileSync(folder.file('history'), history);
      promtool('tsdb', 'create-blocks-from', 'openmetrics', folder.file('history'), data);
    }
    const storage = agent
      ? ['--enable-feature=agent', `--storage.agent.path=${data}`]
      : [`--storage.tsdb.path=${data}`];
    const command = [
      program,
      `--config.file=${file}`,
      ...storage,
      `--web.listen-address=${address}`,
      ...flags,
    ];
    const prometheus = new Prometheus(`http://${address}`, folder, command);
    await prometheus.startAgain();
    return prometheus;
  }

  /** Ends it as a crash would, whatever it is about to write. */
  async kill(): Promise<void> {
    await this.program?.[Symbol.asyncDispose]();
  }

  /** Starts it on the configuration and the data that it had before. */
  async startAgain(): Promise<void> {
    this.program = new Program(this.command);
    await this.program.logged(/Server is ready to receive web requests/);
  }

  /** All rules, with how their last evaluation went. */
  async rules(): Promise<Rule[]> {
    return rules.parse(await this.get('/api/v1/rules')).groups.flatMap((group) => group.rules);
  }

  /** Exchanges a file beside its configuration. */
  write(path: string, content: string): void {
    writeFileSync(this.folder.file(path), content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.folder[Symbol.dispose]();
  }
}

/** Runs promtool and returns what it printed. Throws if it does not accept its input. */
export function promtool(...parameters: string[]): string {
  return execFileSync('promtool', parameters, { cwd: ROOT, encoding: 'utf8' });
}
