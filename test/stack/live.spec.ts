import type { Browser } from 'playwright-core';
import { sources, topStatusCodes } from '../../src/live/figures/summary.js';
import { CHARTS } from '../../src/live/page/charts.js';
import { ServiceProcess } from '../process.js';
import { connect, pastOf, push, sample, until } from '../service.js';
import { computed, expectFigures, launch, Visit } from './visit.js';

/** In the page: the text of the cards, and of the reasons on them, that do not show all that is in them. */
const CUT = `[...document.querySelectorAll('.card, td small')]
  .filter((shown) => shown.scrollHeight > shown.clientHeight || shown.scrollWidth > shown.clientWidth)
  .map((shown) => shown.innerText)`;

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

  /** Opens the page once the service has a past to show. */
  async function openWithPast(): Promise<Visit> {
    await until(
      () => pastOf(address),
      ({ ages }) => ages.length >= 4,
    );
    const visit = await Visit.open(browser, address.url);
    await visit.shown();
    return visit;
  }

  it('fills all charts, says that the data is simulated, and shows what follows from /metrics', async () => {
    const client = await connect(address, '/ws/visitor');
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    for (let i = 0; i < 7; i++) await fetch(`${address.url}/some`);
    await visit.pass(5);
    await expectFigures(visit);
    expect((await visit.legend('requests'))[0]).toBeCloseTo(7000 / computed(visit).sums.range, 9);
    expect(await visit.legend('clients')).toEqual([1]);
    for (const { name } of CHARTS) expect((await visit.legend(name)).every(Number.isFinite)).toBe(true);

    const data = computed(visit);
    const codes = visit.page.locator('#codes tbody tr');
    expect(await codes.locator('th').allTextContents()).toEqual(
      topStatusCodes(data.scrapes, 8).map(({ code }) => code),
    );
    for (const { name, recorded, refused } of sources(data)) {
      const cells = visit.page.locator(`[data-source="${name}"] data`);
      const values = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('value')));
      expect(values.slice(1)).toEqual([String(recorded), String(refused.count)]);
    }
    await visit.page.getByText('Simulated data').waitFor();
    expect(await visit.page.locator('#version').textContent()).toBe('1.0.0');
    expect(visit.problems).toEqual([]);
    client.close();
  });

  it('shows the past as soon as it is opened', async () => {
    await using visit = await openWithPast();
    await expectFigures(visit);
    const plot = visit.page.locator('[data-chart="responses"] .plot');
    expect(Number(await plot.getAttribute('aria-valuemax'))).toBeGreaterThanOrEqual(4);
    expect((await visit.legend('responses')).every((rate) => rate > 0)).toBe(true);
    await visit.page.getByText(/^The charts begin at [\d:]{8}, when the service started\.$/).waitFor();
    expect(visit.problems).toEqual([]);
  });

  it('shows a chosen service, method or route, also by the keyboard', async () => {
    await using labelled = new ServiceProcess({
      SIMULATOR: 'off',
      SERVICES: 'shop,cart',
      ROUTES: '/users/:id',
    });
    const { url } = await labelled.listening();
    const report = (name: string, statuscode: number, seconds: number): Promise<Response> =>
      push({ url }, { env: 'testing', statuscode, seconds, service: name, route: '/users/1' });
    await using visit = await Visit.open(browser, url);
    for (let i = 0; i < 3; i++) {
      await report('shop', 200, 0.02);
      await report('cart', 503, 2);
      await (i === 0 ? visit.shown() : visit.pass());
    }
    await expectFigures(visit);
    await visit.page.getByLabel('service', { exact: true }).focus();
    await visit.page.keyboard.press('ArrowDown');
    await expectFigures(visit, { service: 'shop' });
    await visit.pass();
    await expectFigures(visit, { service: 'shop' });
    await visit.page.locator('[data-chart="responses"] .plot').focus();
    for (let i = 0; i < 2; i++) await visit.page.keyboard.press('ArrowLeft');
    await expectFigures(visit, { service: 'shop' }, -3);
    await visit.page.keyboard.press('Escape');
    expect(await visit.page.locator('#codes tbody th').allTextContents()).toEqual(['200']);
    await visit.page.getByText(/^The past of service shop is not kept: its charts begin at /).waitFor();
    await visit.page.getByLabel('route', { exact: true }).selectOption('/users/:id');
    await visit.page.getByLabel('service', { exact: true }).selectOption('all services');
    await expectFigures(visit, { route: '/users/:id' });
    expect(visit.problems).toEqual([]);
  });

  it('switches between environments, and between times shown', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass(3);
    await visit.page.getByText('testing', { exact: true }).first().click();
    await expectFigures(visit, { env: 'testing' });
    expect(await visit.page.locator('[data-chart="responses"] .query').textContent()).toBe(
      'sum by (type) (rate(response_code{env="testing"}[1m]))',
    );
    await visit.page.getByText('All', { exact: true }).click();
    await expectFigures(visit);

    await visit.pass(160);
    const plot = visit.page.locator('[data-chart="responses"] .plot');
    const rows = async (): Promise<number> => Number(await plot.getAttribute('aria-valuemax')) + 1;
    expect(await rows()).toBeLessThan(155);
    const { length } = computed(visit).timeline;
    await visit.page.getByText('15 min').click();
    expect(await rows()).toBe(length);
    await visit.page.getByText('60 min').click();
    expect(await rows()).toBe(length);
    expect(visit.problems).toEqual([]);
  });

  it('shows the values of one time in all charts, by pointer and by keys', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass(10);
    const plot = visit.page.locator('[data-chart="response-time"] .plot');
    await plot.focus();
    for (let i = 0; i < 4; i++) await visit.page.keyboard.press('ArrowLeft');
    await expectFigures(visit, {}, -5);
    const times = await visit.page.locator('time').allTextContents();
    expect(new Set(times).size).toBe(1);
    expect(times[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d: testing p50 [\d.]+ s, /);
    await visit.pass();
    await expectFigures(visit, {}, -6);
    await visit.page.keyboard.press('Escape');
    await expectFigures(visit);

    await visit.page.locator('[data-chart="cpu"] .u-over').hover({ position: { x: 1, y: 20 } });
    await until(
      () => visit.legend('cpu'),
      (values) => values.every(Number.isNaN),
    );
    await expectFigures(visit, {}, 0);
    await visit.page.mouse.move(0, 0);
    await visit.page.locator('time').first().getByText('now').waitFor();
    await expectFigures(visit);
    expect(visit.problems).toEqual([]);
  });

  it('reaches every control by the keyboard', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    const reached: string[] = [];
    for (let i = 0; i < 3 + CHARTS.length + 9; i++) {
      await visit.page.keyboard.press('Tab');
      const focused = visit.page.locator(':focus');
      const name = (await focused.getAttribute('aria-label')) ?? (await focused.getAttribute('name'));
      reached.push(name ?? (await focused.textContent()) ?? '');
    }
    const charts = CHARTS.map(() => expect.stringMatching(/, at a time$/));
    const links = await visit.page.locator('footer a').allTextContents();
    expect(reached).toEqual(['environment', 'range', 'Pause', ...charts, ...links]);
    await visit.page.keyboard.press('Shift+Tab');
    await visit.page.locator('[name="environment"]:checked').focus();
    await visit.page.keyboard.press('ArrowRight');
    await expectFigures(visit, { env: 'testing' });
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
    visit.answer = (route) => route.fulfill({ body: '<html>' });
    await visit.tick();
    await notice.getByText('/metrics is not readable').waitFor();
    visit.answer = undefined;
    await visit.pass();
    await visit.page.getByText('Live', { exact: true }).waitFor();
    expect(await notice.textContent()).toBe('');
    await expectFigures(visit);
  });

  it('follows the clock of the service when that jumps, and charts the past by the new time', async () => {
    await using visit = await openWithPast();
    await visit.pass(2);
    const plot = visit.page.locator('[data-chart="responses"] .plot');
    for (const [ahead, uptime] of [
      [3_600_000, /^up 1 h/],
      [0, /^up \d+ (min|s)/],
    ] as const) {
      visit.ahead = ahead;
      const shown = async (): Promise<string> => {
        await visit.tick();
        return (await visit.page.locator('#uptime').textContent()) ?? '';
      };
      await until(shown, (text) => uptime.test(text));
      expect(Number(await plot.getAttribute('aria-valuemax'))).toBeGreaterThan(2);
      expect((await visit.legend('responses')).every((rate) => rate > 0)).toBe(true);
    }
    expect(visit.problems).toEqual([]);
  });

  it('asks for the token that /metrics needs, and keeps it for the session', async () => {
    await using visit = await Visit.open(browser, 'about:blank');
    const guarded = async (): Promise<void> => {
      await visit.page.route(/\/(metrics|live\/history)$/, async (route) => {
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

  it.each([
    ['desktop', 'light', { width: 1280, height: 1000 }],
    ['phone', 'dark', { width: 390, height: 844 }],
  ] as const)(
    'fits a %s, %s, also with a reason for refusals, and nothing moves when figures arrive',
    async (_device, colorScheme, viewport) => {
      await fetch(`${address.url}/observations`, { method: 'POST', body: 'no observation' });
      await using visit = await Visit.open(browser, address.url, { viewport, colorScheme });
      await visit.shown();
      await visit.pass(10);
      await visit.page.getByText('unsupported_media_type').waitFor();
      expect(await visit.page.getByText('Broker', { exact: true }).isVisible()).toBe(true);
      expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      expect(await visit.page.evaluate(CUT)).toEqual([]);
      expect(Number(await visit.page.evaluate('shift'))).toBeLessThan(0.001);
      expect(visit.problems).toEqual([]);
    },
  );

  it('says how to connect a source as long as nothing was observed, and the command it names works', async () => {
    await using silent = new ServiceProcess({ SIMULATOR: 'off' });
    const { url } = await silent.listening();
    await using visit = await Visit.open(browser, url);
    await visit.shown();
    await visit.page.getByText('No observations yet').waitFor();
    expect(await visit.page.locator('[data-chart="responses"]').isVisible()).toBe(false);
    expect(await visit.page.locator('[data-chart="memory"]').isVisible()).toBe(true);
    const command = (await visit.page.locator('#curl').textContent()) ?? '';
    const [, target = '', type = '', body = ''] = /curl (\S+).*-H '(.+?)'.*-d '(.+?)'/s.exec(command) ?? [];
    const [name = '', value = ''] = type.split(': ');
    const response = await fetch(target, { method: 'POST', headers: { [name]: value }, body });
    expect(await response.json()).toEqual({ recorded: 1 });
    expect(await sample({ url }, 'response_time_count{env="production"}')).toBe(1);
    await visit.pass();
    expect(await visit.page.getByText('No observations yet').isVisible()).toBe(false);
    await visit.page.getByText('Real data').waitFor();
    expect(await visit.page.locator('[data-chart="responses"]').isVisible()).toBe(true);
    expect(visit.problems).toEqual([]);
  });
});
