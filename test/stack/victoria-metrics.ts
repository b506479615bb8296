// Starts a real VictoriaMetrics, which stores what is sent to it or what it scrapes by a shipped configuration, and asks it.
import { Program } from '../program.js';
import { until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { freeAddress } from './address.js';
import { type Configuration, writeConfiguration } from './configuration.js';
import { PromqlApi } from './promql.js';

export class VictoriaMetrics extends PromqlApi implements AsyncDisposable {
  private constructor(
    readonly address: string,
    private readonly program: Program,
    private readonly folder: TemporaryFolder,
  ) {
    super(`http://${address}`);
  }

  static async start(scraping?: Configuration): Promise<VictoriaMetrics> {
    const folder = new TemporaryFolder();
    const address = await freeAddress();
    const program = new Program([
      'victoria-metrics',
      `-httpListenAddr=${address}`,
      `-storageDataPath=${folder.file('data')}`,
      // The last 30 seconds are hidden by default, as not all of them may have come in.
      '-search.latencyOffset=0s',
      ...(scraping ? [`-promscrape.config=${writeConfiguration(scraping, folder.path)}`] : []),
    ]);
    const started = new VictoriaMetrics(address, program, folder);
    await until(
      () => fetch(`${started.url}/health`).catch(() => undefined),
      (answer) => answer?.ok === true,
    );
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
