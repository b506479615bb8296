import { readdirSync } from 'node:fs';
import { Scraper } from '../../scraper.js';
import { ServiceProcess } from '../../process.js';
import { scrape, until } from '../../service.js';
import { TemporaryFolder } from '../../temporary-folder.js';
import { LISTS, type Outcome, outcome, samplesIn, samplesOf } from './documents.js';
import { OTHER_ANSWERS, Proxy, SPOILT_ANSWERS } from './proxy.js';
import { SearchServer, SERVERS } from './search-server.js';

const POLLS = 'service_collector_elasticsearch_polls_total';
const keyword = { type: 'keyword' };
const MAPPINGS = {
  properties: {
    http: {
      properties: {
        request: { properties: { method: keyword } },
        response: { properties: { status_code: { type: 'long' } } },
      },
    },
    service: { properties: { environment: keyword, name: keyword } },
    url: { properties: { path: keyword } },
    event: { properties: { duration: { type: 'long' } } },
  },
};

/** A service that reads from a server, with all that Prometheus would have seen of it. */
class Reader implements AsyncDisposable {
  private readonly folder = new TemporaryFolder();
  private process: ServiceProcess | undefined;
  private address = { url: '', port: 0 };
  /** The last page of each process that was killed. */
  private readonly pages: Map<string, number>[] = [];

  constructor(
    private readonly proxy: Proxy,
    private readonly lists: NodeJS.ProcessEnv,
  ) {}

  async run(): Promise<void> {
    this.process = new ServiceProcess({
      ELASTICSEARCH_URL: this.proxy.url,
      ELASTICSEARCH_INDEX: 'logs-*',
      ELASTICSEARCH_INTERVAL_SECONDS: '1',
      ELASTICSEARCH_LOOK_BACK_SECONDS: '900',
      ELASTICSEARCH_START: 'beginning',
      STATE_DIR: this.folder.path,
      ...this.lists,
    });
    this.address = await this.process.listening();
  }

  /** Kills it after two scrapes: the first shows new series at 0. */
  async kill(): Promise<void> {
    using scraper = new Scraper(this.address);
    await scraper.scrape();
    this.pages.push((await scraper.scrape()).page);
    // The state of a page that has gone out comes into force, which may be a moment after the scraper has it.
    await until(
      () => readdirSync(this.folder.path).filter((file) => /^state\.json\.\d+$/.test(file)),
      (prepared) => prepared.length === 0,
    );
    this.process?.signal('SIGKILL');
    await this.process?.exit;
  }

  get output(): string {
    return this.process?.output ?? '';
  }

  /** How many polls of this process had such a result. */
  async polls(result: RegExp): Promise<number> {
    const polls = [...(await scrape(this.address))].filter(([series]) => series.startsWith(POLLS));
    return polls.reduce((sum, [series, count]) => (result.test(series) ? sum + count : sum), 0);
  }

  async samples(): Promise<Map<string, number>> {
    return samplesIn([...this.pages, await scrape(this.address)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process?.[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

describe.each(SERVERS)('%s', (name) => {
  let server: SearchServer;
  beforeAll(async () => {
    server = await SearchServer.start(name);
    await server.ask('PUT', '/_template/logs', {
      index_patterns: ['logs-*'],
      settings: { number_of_shards: 2, number_of_replicas: 0 },
      mappings: MAPPINGS,
      aliases: {},
    });
    await server.ask('PUT', '/logs-000001', { aliases: { writing: { is_write_index: true } } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('is counted to the last of 50,000 documents, whatever happens in between', async () => {
    await using proxy = await Proxy.to(server.url);
    await using plain = new Reader(proxy, {});
    await using labelled = new Reader(proxy, LISTS);
    const readers = [plain, labelled];
    const documents = new Map<string, Outcome>();
    await Promise.all(readers.map((reader) => reader.run()));

    /** 5 % come late, some are ahead of the clock. Those that are written again are the same. */
    const write = async (
      count: number,
      again: readonly (readonly [string, Outcome])[] = [],
    ): Promise<void> => {
      const batch = new Map(again);
      for (let i = 0; i < count; i++) {
        const age = Math.random() < 0.05 ? Math.random() * 600_000 : Math.random() * 30_000 - 20_000;
        const document = outcome(Date.now() - age);
        batch.set(`${documents.size}`, document);
        documents.set(`${documents.size}`, document);
      }
      await server.write('writing', batch);
    };
    const eachPolls = async (result: RegExp): Promise<void> => {
      await Promise.all(
        readers.map(async (reader) => {
          const before = await reader.polls(result);
          await until(
            () => reader.polls(result),
            (polls) => polls > before + 1,
          );
        }),
      );
    };

    const spoils = [...SPOILT_ANSWERS, ...(name === SERVERS[0] ? OTHER_ANSWERS : [])];
    await write(2_000 * (10 - spoils.length));
    for (const spoil of spoils) {
      await write(2_000);
      proxy.spoil = spoil;
      await eachPolls(/error|incomplete/);
      proxy.spoil = undefined;
      await eachPolls(/ok/);
    }
    await write(5_000, [...documents].slice(0, 3_000));
    await eachPolls(/ok/);
    await server.ask('POST', '/writing/_rollover');
    await write(10_000);
    for (const reader of readers) {
      await reader.kill();
      await write(5_000);
      await reader.run();
    }
    await server.stop();
    await eachPolls(/error/);
    await server.run();
    await write(5_000);
    await server.ask('POST', '/logs-*/_refresh'); // else documents may become visible after the last poll
    await eachPolls(/ok/);

    expect((await server.ask('GET', '/logs-*/_count'))['count']).toBe(documents.size);
    for (const [reader, withLabels] of [
      [plain, false],
      [labelled, true],
    ] as const) {
      expect(rounded(await reader.samples())).toEqual(rounded(samplesOf(documents.values(), withLabels)));
    }
  });

  it('is asked for fewer windows where it allows few buckets', async () => {
    await server.ask('PUT', '/_cluster/settings', { transient: { 'search.max_buckets': 200 } });
    await using proxy = await Proxy.to(server.url);
    await using reader = new Reader(proxy, {});
    await reader.run();
    await until(
      () => reader.polls(/ok/),
      (polls) => polls > 0,
    );
    expect(proxy.statuses).toContain(503);
    expect(await reader.polls(/error|incomplete/)).toBe(0);
    await server.ask('PUT', '/_cluster/settings', { transient: { 'search.max_buckets': null } });
  });

  it('names a status that is a number here and a keyword there, and goes on without that index', async () => {
    await using proxy = await Proxy.to(server.url);
    await using reader = new Reader(proxy, {});
    await reader.run();
    await until(
      () => reader.polls(/ok/),
      (polls) => polls > 0,
    );
    const properties = { http: { properties: { response: { properties: { status_code: keyword } } } } };
    await server.ask('PUT', '/other-1', { mappings: { properties }, aliases: { 'logs-other': {} } });
    await server.ask('POST', '/other-1/_doc?refresh=true', { ...outcome(Date.now()) });
    await until(
      () => reader.polls(/unusable/),
      (polls) => polls > 0,
    );
    expect(reader.output).toContain(
      'the field http.response.status_code has the type keyword in some indices, in others long',
    );
    await server.ask('DELETE', '/other-1');
    const before = await reader.polls(/ok/);
    await until(
      () => reader.polls(/ok/),
      (polls) => polls > before,
    );
  });
});

/** Sums of durations are rounded by the servers, too. */
function rounded(samples: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(Array.from(samples, ([series, value]) => [series, Number(value.toPrecision(9))]));
}
