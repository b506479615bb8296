import { RefusalLog } from './refusal-log.js';

describe('RefusalLog', () => {
  const warn = jest.fn();
  let now = 0;
  const log = new RefusalLog({ warn }, '', () => now);

  it('logs the first refusal, and after ten seconds how many others there were', () => {
    log.add(() => 'a', 'first');
    for (now = 1_000; now < 10_000; now += 1_000) log.add(() => 'a', 'more');
    expect(warn.mock.calls).toEqual([['Refused a: "first"']]);
    log.add(() => 'b', 'later');
    expect(warn.mock.lastCall).toEqual(['Refused b: "later", and 9 others since the last such line']);
    now += 10_000;
    log.add(() => 'b', 'forged\nline');
    expect(warn.mock.lastCall).toEqual(['Refused b: "forged\\nline"']);
  });

  it('limits each kind separately, and truncates long details', () => {
    log.add(() => 'b', 'x'.repeat(1_000), 'another');
    expect(warn.mock.lastCall).toEqual([`Refused b: "${'x'.repeat(300)}…"`]);
  });

  it('ends each line with the advice, if any', () => {
    new RefusalLog({ warn }, '. Do this.').add(() => 'a', 'why');
    expect(warn.mock.lastCall).toEqual(['Refused a: "why". Do this.']);
  });
});
