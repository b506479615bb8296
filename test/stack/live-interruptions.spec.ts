import type { Browser } from 'playwright-core';
import { CHARTS } from '../../src/live/page/charts.js';
import { ServiceProcess } from '../process.js';
import { expectFigures } from './live-figures.js';
import { launch, Visit } from './visit.js';

describe('the live page', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let address: { url: string; port: number };
  beforeAll(async () => {
    browser = await launch();
    service = new ServiceProcess();
    address = await service.listening();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await browser.close();
  });

  it('asks for nothing while it is paused or hidden, and goes on after that', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass();
    await visit.page.getByRole('button', { name: 'Pause' }).click();
    for (let i = 0; i < 5; i++) await visit.tick();
    expect(visit.asked).toBe(2);
    await visit.page.getByText('Paused').waitFor();
    await visit.page.getByRole('button', { name: 'Resume' }).click();
    await visit.shown();
    expect(visit.asked).toBe(3);

    const hide = (hidden: boolean): Promise<unknown> =>
      visit.page
        .evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await hide(true);
    for (let i = 0; i < 10; i++) await visit.tick();
    expect(visit.asked).toBe(3);
    await hide(false);
    await visit.shown();
    await visit.pass();
    await expectFigures(visit);
    expect(visit.problems).toEqual([]);
  });

  it('keeps nothing of the pauses between its questions', async () => {
    await using visit = await Visit.open(browser, 'about:blank');
    await visit.page.addInitScript(`
      globalThis.waiting = 0;
      for (const [name, change] of [['addEventListener', 1], ['removeEventListener', -1]]) {
        const method = AbortSignal.prototype[name];
        AbortSignal.prototype[name] = function (...listener) {
          globalThis.waiting += change;
          return method.apply(this, listener);
        };
      }`);
    await visit.page.goto(address.url);
    await visit.shown();
    await visit.pass(5);
    expect(await visit.page.evaluate('globalThis.waiting')).toBe(1);
  });

  it('says that the service is unreachable, and recovers', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass();
    const notice = visit.page.locator('#notice');
    visit.answer = (route) => route.abort();
    await visit.tick();
    await notice.getByText('The service is unreachable: it does not answer.').waitFor();
    visit.answer = (route) => route.fulfill({ status: 503, body: '' });
    await visit.tick();
    await notice.getByText('it answers HTTP 503').waitFor();
    await visit.page.getByText('Unreachable', { exact: true }).waitFor();
    visit.answer = (route) => route.fulfill({ body: '<html>', headers: { date: new Date(0).toUTCString() } });
    await visit.tick();
    await notice.getByText('/metrics is not readable').waitFor();
    visit.answer = undefined;
    await visit.pass();
    await visit.page.getByText('Live', { exact: true }).waitFor();
    expect(await notice.textContent()).toBe('');
    await expectFigures(visit);
  });

  it('asks for the token that /metrics needs, and keeps it for the session', async () => {
    await using visit = await Visit.open(browser, 'about:blank');
    const guarded = async (): Promise<void> => {
      await visit.page.route('**/metrics', async (route) => {
        const { authorization } = route.request().headers();
        if (authorization === 'Bearer right') return route.fallback();
        await route.fulfill({ status: 401, body: '' });
      });
      await visit.page.goto(address.url);
    };
    await guarded();
    const input = visit.page.getByLabel('Token', { exact: true });
    await input.fill('wrong');
    await input.press('Enter');
    await visit.page.getByText('The service refused this token.').waitFor();
    expect(await visit.page.locator('#cards').isVisible()).toBe(false);
    await input.fill('right');
    await visit.page.getByRole('button', { name: 'Show the metrics' }).click();
    await visit.shown();
    expect(await input.isVisible()).toBe(false);
    await visit.pass();
    await expectFigures(visit);

    const asked = visit.asked;
    await visit.page.reload();
    await visit.page.getByText('Live', { exact: true }).waitFor();
    expect(visit.asked).toBe(asked + 1);
    expect(await visit.page.evaluate('JSON.stringify(localStorage)')).toBe('{}');
  });

  it('shows no negative value when the service starts again', async () => {
    const first = new ServiceProcess();
    const { url, port } = await first.listening();
    await using visit = await Visit.open(browser, url);
    await visit.shown();
    await visit.pass(3);
    await first[Symbol.asyncDispose]();
    await visit.tick();
    await visit.page.getByText('Unreachable', { exact: true }).waitFor();
    await using second = new ServiceProcess({ PORT: String(port) });
    await second.listening();
    for (let i = 0; i < 10; i++) {
      await visit.pass();
      for (const { name } of CHARTS) {
        const values = await visit.legend(name);
        expect([name, values, values.every((value) => !(value < 0))]).toEqual([name, values, true]);
      }
    }
    const counts = visit.received.map(({ text }) =>
      Number(/^process_cpu_seconds_total (.*)$/m.exec(text)?.[1]),
    );
    expect(counts.some((count, i) => count < (counts[i - 1] ?? 0))).toBe(true);
  });
});
