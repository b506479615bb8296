import { Scraper } from './scraper.js';

function scraperThatCame(announced: boolean, first: number, ...others: number[]): Scraper {
  const scraper = new Scraper(first, announced);
  for (const time of others) scraper.came(time);
  return scraper;
}

describe('Scraper', () => {
  it('is regular from its second scrape on, or if it says so', () => {
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
