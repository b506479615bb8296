// Starts a real Elasticsearch or OpenSearch out of the libraries that .ci/search-servers fetches, and stops it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../process.js';
import { Program } from '../../program.js';
import { freePort, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';

const PROGRAMS = join(ROOT, 'build/programs/search');

/** By the folder of its libraries: what Server.java says where the servers differ. */
const PLUGINS = {
  'elasticsearch-7': 'org.elasticsearch.transport.Netty4Plugin.class',
  'opensearch-2': 'org.opensearch.transport.Netty4Plugin.class',
  'opensearch-3':
    'new org.opensearch.plugins.PluginInfo("netty4", "", "1", org.opensearch.Version.CURRENT, "21", org.opensearch.transport.Netty4ModulePlugin.class.getName(), null, List.of(), false)',
};
export type ServerName = keyof typeof PLUGINS;
export const SERVERS: readonly ServerName[] = ['elasticsearch-7', 'opensearch-2', 'opensearch-3'];

type Json = Readonly<Record<string, unknown>>;

export class SearchServer implements AsyncDisposable {
  private readonly folder = new TemporaryFolder();
  private program: Program | undefined;

  private constructor(
    private readonly name: ServerName,
    private readonly port: number,
  ) {
    const source = readFileSync(join(__dirname, 'Server.java'), 'utf8');
    const [vendor = ''] = name.split('-');
    const own = source.replaceAll('org.VENDOR', `org.${vendor}`).replace('(PLUGINS)', `(${PLUGINS[name]})`);
    writeFileSync(this.folder.file('Server.java'), own);
  }

  static async start(name: ServerName): Promise<SearchServer> {
    if (!existsSync(join(PROGRAMS, name, 'complete')))
      throw new Error(`${name} is not there: run .ci/search-servers`);
    const server = new SearchServer(name, await freePort());
    await server.run();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the documents that it had before. */
  async run(): Promise<void> {
    const home = this.folder.path;
    const parameters = ['-Xmx512m', '-cp', join(PROGRAMS, this.name, 'lib/*')];
    const java = join(PROGRAMS, 'java/bin/java');
    this.program = new Program([java, ...parameters, join(home, 'Server.java'), home, String(this.port)]);
    await this.program.logged(/^started$/m);
    await until(
      () => this.ask('GET', '/_cluster/health').then(({ status }) => status),
      (status) => status !== 'red',
    );
  }

  async stop(): Promise<void> {
    this.program?.signal('SIGTERM');
    await this.program?.exit;
  }

  /** @param body JSON, or lines of it */
  async ask(method: string, path: string, body?: Json | string): Promise<Json> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: Json = JSON.parse(text);
    if (!response.ok || answer['errors'] === true) throw new Error(text.slice(0, 500));
    return answer;
  }

  /** Writes documents, by their ids, in as many requests as are needed. */
  async write(index: string, documents: ReadonlyMap<string, object>): Promise<void> {
    const lines = Array.from(
      documents,
      ([_id, document]) => `${JSON.stringify({ index: { _id } })}\n${JSON.stringify(document)}\n`,
    );
    for (let from = 0; from < lines.length; from += 2_000)
      await this.ask('POST', `/${index}/_bulk`, lines.slice(from, from + 2_000).join(''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program?.[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
