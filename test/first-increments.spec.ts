import { cpSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { Scraper, PROMETHEUS } from './scraper.js';
import { families, nativeCounts, PROTOBUF } from './protobuf.js';
import { push, sample, scrape, type Service, startService, total } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

const code = (statuscode: number) =>
  `response_code{env="testing",statuscode="${statuscode}",type="${(statuscode / 100) | 0}00"}`;
const COUNT = 'response_time_count{env="testing"}';
const TOTAL = 'service_collector_observations_total{source="http"}';
const CURL = { 'User-Agent': 'curl/8.0' };

describe('a scraper that announces itself', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService({ SHUTDOWN_TIMEOUT_SECONDS: '2' });
  });
  afterEach(() => service.close());
  const observe = (statuscode: number): Promise<unknown> =>
    push(service, { env: 'testing', statuscode, seconds: 0.2 });
  const scrapedBy = async (scraper: Scraper, ...series: string[]): Promise<(number | undefined)[]> => {
    const { page } = await scraper.scrape();
    return series.map((one) => page.get(one));
  };

  it('sees a counter and a histogram at 0 first, and then their values', async () => {
    using prometheus = new Scraper(service);
    await observe(299);
    expect(await scrapedBy(prometheus, code(299), COUNT, TOTAL)).toEqual([0, 0, 0]);
    await observe(299);
    expect(await scrapedBy(prometheus, code(299), COUNT, TOTAL)).toEqual([2, 2, 2]);
    await observe(298);
    expect(await scrapedBy(prometheus, code(298), COUNT)).toEqual([0, 3]);
    expect(await scrapedBy(prometheus, code(298), COUNT)).toEqual([1, 3]);
    await closeFor(service, prometheus);
  });

  it('sees a native histogram at 0 first, and of half the resolution what it holds', async () => {
    await using native = await startService({ NATIVE_HISTOGRAMS: 'on', SERVICES: 'shop' });
    const scraped = async () => {
      const headers = { ...PROMETHEUS, Accept: PROTOBUF };
      const page = await fetch(`${native.url}/metrics`, { headers });
      const all = families(Buffer.from(await page.arrayBuffer())).find(
        ({ name }) => name === 'response_time',
      );
      const { schema, zero_count, ...histogram } = all?.metric[0]?.histogram ?? {
        positive_span: [],
        positive_delta: [],
      };
      const counts = [...nativeCounts(histogram).values()];
      return {
        schema,
        zero_count,
        buckets: counts.length,
        sum: counts.reduce((sum, count) => sum + count, 0),
      };
    };
    const durations = Array.from({ length: 300 }, (_, i) => 2 ** ((i - 150) / 8));
    await push(
      native,
      [0, ...durations].map((seconds) => ({ env: 'testing', service: 'shop', statuscode: 200, seconds })),
    );
    expect(await scraped()).toEqual({ schema: 3, zero_count: 0, buckets: 0, sum: 0 });
    expect(await scraped()).toEqual({ schema: 2, zero_count: 1, buckets: 151, sum: 300 });
  });

  it('waits for a slower scraper, but not forever', async () => {
    using often = new Scraper(service);
    using seldom = new Scraper(service, { ...PROMETHEUS, 'User-Agent': 'Prometheus/2.42.0' });
    for (const scraper of [often, seldom]) await scraper.scrape();
    await observe(299);
    expect(await scrapedBy(often, code(299))).toEqual([0]);
    expect(await scrapedBy(often, code(299))).toEqual([0]);
    expect(await scrapedBy(seldom, code(299))).toEqual([0]);
    expect(await scrapedBy(often, code(299))).toEqual([1]);

    await observe(298);
    expect(await scrapedBy(often, code(298))).toEqual([0]);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now + 120_001);
    expect(await scrapedBy(often, code(298))).toEqual([1]);
    jest.restoreAllMocks();
    await closeFor(service, often, seldom);
  });

  it('shares its page with no one else: curl and the final scrape see real values', async () => {
    using curl = new Scraper(service, CURL);
    using prometheus = new Scraper(service);
    await observe(299);
    expect(await scrapedBy(curl, code(299), COUNT)).toEqual([1, 1]);
    expect(await scrapedBy(prometheus, code(299), COUNT)).toEqual([0, 0]);
    await observe(298);
    const [final] = await closeFor(service, prometheus, curl);
    expect([code(299), code(298), COUNT].map((series) => final?.get(series))).toEqual([1, 1, 2]);
  });

  it('never sees a value fall, however scrapers are mixed up', async () => {
    // The second closes its connections, the third and fourth look alike.
    const scrapers = [true, false, false, true].map(
      (keepAlive, i) =>
        new Scraper(service, { ...PROMETHEUS, 'User-Agent': `Prometheus/${Math.min(i, 2)}` }, { keepAlive }),
    );
    const seen = new Map<string, number>();
    const sent = new Map<string, number>();
    const step = fc.oneof(
      fc.record({ scraper: fc.constantFrom(...scrapers), isAborted: fc.boolean() }),
      fc.record({ statuscode: fc.integer({ min: 520, max: 599 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        for (const one of steps) {
          if ('statuscode' in one) {
            await observe(one.statuscode);
            sent.set(code(one.statuscode), (sent.get(code(one.statuscode)) ?? 0) + 1);
          } else if (one.isAborted) {
            await one.scraper.abort();
          } else {
            const { page } = await one.scraper.scrape();
            for (const [series, value] of page) {
              if (!series.startsWith('response_')) continue;
              expect([series, Math.max(value, seen.get(series) ?? 0)]).toEqual([series, value]);
              seen.set(series, value);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
    for (const [series, count] of sent) expect(await sample(service, series)).toBe(count);
    await closeFor(service, ...scrapers);
  });
});

/** Closes a service, which waits until all scrapers have the final page, and returns what they have then. */
async function closeFor(service: Service, ...scrapers: Scraper[]): Promise<Map<string, number>[]> {
  const closed = service.close();
  const pages = await Promise.all(scrapers.map(lastPage));
  await closed;
  for (const scraper of scrapers) scraper[Symbol.dispose]();
  return pages;
}

async function lastPage(scraper: Scraper): Promise<Map<string, number>> {
  let last = new Map<string, number>();
  try {
    for (;;) last = (await scraper.scrape()).page;
  } catch {
    return last; // the service is closed
  }
}

describe('with STATE_DIR', () => {
  it('counts that a page held back are recorded first by the next run, if its settings allow the series', async () => {
    using folder = new TemporaryFolder();
    const variables = { STATE_DIR: folder.path, SERVICES: 'shop' };
    const first = await startService(variables);
    const observation = { env: 'testing', statuscode: 299, seconds: 0.2 };
    await push(first, [
      { ...observation, service: 'shop' },
      { ...observation, env: 'production' },
    ]);
    using scraper = new Scraper(first);
    await scraper.scrape();
    using killed = new TemporaryFolder();
    cpSync(folder.file('state.json'), killed.file('state.json'));
    await closeFor(first, scraper);

    await using second = await startService({
      ...variables,
      STATE_DIR: killed.path,
      ENVIRONMENTS: 'testing',
      METHODS: 'GET',
      SERVICES: 'cart',
    });
    const other = ',service="other",method="other"';
    expect(await sample(second, `response_code{env="testing",statuscode="299",type="200"${other}}`)).toBe(1);
    expect(await sample(second, `response_time_sum{env="testing"${other}}`)).toBe(0.2);
    expect(await sample(second, TOTAL)).toBe(2);
    expect(total(await scrape(second), 'response_code')).toBe(1);
  });

  it.each([
    [{ env: 'testing', statuscode: 200 }, [-1]],
    [{ env: 'testing', statuscode: 200 }, []],
    [{ env: 'testing', statuscode: 999 }, [1]],
    [{ env: 'testing', statuscode: 'x' }, [1]],
    [{ env: '', statuscode: 200 }, [1]],
    [{ env: 'testing' }, [1]],
  ])('ignores counts of a state that was edited to %j %j', async (labels, numbers) => {
    using folder = new TemporaryFolder();
    const series = [{ metric: 'response_code', labels, numbers }];
    const state = { version: 2, scraped: true, sources: { first_increments: { bounds: [1], series } } };
    writeFileSync(folder.file('state.json'), JSON.stringify(state));
    await using service = await startService({ STATE_DIR: folder.path });
    const all = await scrape(service);
    expect([total(all, 'response_code'), total(all, 'response_time_count')]).toEqual([0, 0]);
    expect([...all.keys()].filter((name) => /env=""|statuscode="(999|NaN)"/.test(name))).toEqual([]);
  });
});
