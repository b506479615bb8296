// Starts a real VictoriaMetrics, which stores what is sent to it or what it scrapes by a shipped configuration, and asks it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from '../service.js';
import { type Configuration, writeConfiguration } from './configuration.js';
import { PromqlApi } from './promql.js';

export class VictoriaMetrics extends PromqlApi {
  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {
    super(`http://${address}`);
  }

  static async start(scraping?: Configuration): Promise<VictoriaMetrics> {
    const directory = mkdtempSync(join(tmpdir(), 'victoria-metrics-'));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'victoria-metrics',
      [
        `-httpListenAddr=${address}`,
        `-storageDataPath=${join(directory, 'data')}`,
        // The last 30 seconds are hidden by default, as not all of them may have come in.
        '-search.latencyOffset=0s',
        '-loggerLevel=ERROR',
        ...(scraping ? [`-promscrape.config=${writeConfiguration(scraping, directory)}`] : []),
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const started = new VictoriaMetrics(address, child, directory);
    await until(
      () =>
        fetch(`${started.url}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (healthy) => healthy,
    );
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    rmSync(this.directory, { recursive: true });
  }
}
