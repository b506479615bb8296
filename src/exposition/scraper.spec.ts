import { Scraper } from './scraper.js';

function scraperThatCame(announced: boolean, first: number, ...others: number[]): Scraper {
  const scraper = new Scraper(first, announced ? 10_000 : undefined);
  for (const time of others) scraper.came(time);
  return scraper;
}

describe('Scraper', () => {
  it('is regular from its second scrape on, or if it announces itself', () => {
    expect(scraperThatCame(false, 0).regular).toBe(false);
    expect(scraperThatCame(false, 0, 5_000).regular).toBe(true);
    expect(scraperThatCame(true, 0).regular).toBe(true);
  });

  it.each([
    ['its scrapes', [0, 5_000, 10_000], 5_000],
    ['the longer of the last two gaps, when it was started anew', [0, 5_000, 10_000, 10_100], 5_000],
    ['the last two gaps, when it has become faster', [0, 60_000, 65_000, 70_000], 5_000],
  ])('learns its interval from %s', (_what, [first = NaN, ...others], interval) => {
    expect(scraperThatCame(true, first, ...others)).toMatchObject({
      interval,
      next: (others.at(-1) ?? NaN) + interval,
    });
  });

  // 10 s is the usual timeout of a Prometheus.
  it.each([
    ['one', 1, 15, [0, 15, 30, 45]],
    ['one that missed a scrape long ago', 1, 15, [0, 30, 45, 60, 75, 90, 105, 120, 135, 150]],
    ['two, of which the second comes sooner than one Prometheus would', 2, undefined, [0, 7.5]],
    ['two at regular distances, but shorter than the timeout', 2, 15, [0, 7.5, 15, 22.5, 30]],
    ['two with long intervals', 2, 60, [0, 20, 60, 80, 120]],
    ['two with long intervals that come a little late', 2, 61, [0, 20, 62, 81, 120]],
    ['three', 3, 60, [0, 12, 35, 60, 72, 95, 120]],
  ])('counts %s as %d', (_who, count, interval, [first = NaN, ...others]) => {
    const scraper = scraperThatCame(true, 1_000 * first, ...others.map((seconds) => 1_000 * seconds));
    scraper.mayBeSeveral = true;
    expect(scraper.count).toBe(count);
    expect(scraper.interval).toBe(interval && 1_000 * interval);
    const since = 200_000;
    for (let page = 1; page <= count; page++) {
      expect(scraper.hasFetched(since)).toBe(false);
      scraper.got(since);
    }
    expect(scraper.hasFetched(since)).toBe(true);
  });

  it('counts as one if it keeps its connection, whatever its intervals', () => {
    expect(scraperThatCame(true, 0, 100, 5_000, 5_100).count).toBe(1);
  });

  it('has no known interval after one scrape', () => {
    expect(scraperThatCame(true, 0)).toMatchObject({ interval: undefined, next: undefined });
  });

  it.each([
    ['three intervals', [0, 5_000], 20_000],
    ['five seconds, if its interval is short', [0, 100], 5_100],
    ['three minutes, if it has come once', [0], 180_000],
  ])('is gone after %s', (_what, [first = NaN, ...others], goneAt) => {
    expect(scraperThatCame(true, first, ...others).goneAt).toBe(goneAt);
  });
});
