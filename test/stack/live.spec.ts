import type { Browser } from 'playwright-core';
import { sources, topStatusCodes } from '../../src/live/figures/summary.js';
import { CHARTS } from '../../src/live/page/charts.js';
import { ServiceProcess } from '../process.js';
import { connect, until } from '../service.js';
import { computed, expectFigures } from './live-figures.js';
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

  it('fills all charts, says that the data is simulated, and shows what follows from /metrics', async () => {
    const client = await connect(address, '/ws/visitor');
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    for (let i = 0; i < 7; i++) await fetch(`${address.url}/some`);
    await visit.pass(5);
    await expectFigures(visit);
    expect((await visit.legend('requests'))[0]).toBeCloseTo(0.7, 9);
    expect(await visit.legend('clients')).toEqual([1]);
    for (const { name } of CHARTS) expect((await visit.legend(name)).every(Number.isFinite)).toBe(true);

    const { scrapes } = computed(visit);
    const codes = visit.page.locator('#codes tbody tr');
    expect(await codes.locator('th').allTextContents()).toEqual(
      topStatusCodes(scrapes, 8).map(({ code }) => code),
    );
    for (const { name, recorded, refused } of sources(scrapes)) {
      const cells = visit.page.locator(`[data-source="${name}"] data`);
      const values = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('value')));
      expect(values.slice(1)).toEqual([String(recorded), String(refused)]);
    }
    await visit.page.getByText('Simulated data').waitFor();
    expect(await visit.page.locator('#version').textContent()).toBe('0.1.0');
    expect(visit.problems).toEqual([]);
    client.close();
  });

  it('switches between environments, and between times shown', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass(3);
    await visit.page.getByText('testing', { exact: true }).first().click();
    await expectFigures(visit, 'testing');
    expect(await visit.page.locator('[data-chart="responses"] .query').textContent()).toBe(
      'sum by (type) (rate(response_code{env="testing"}[1m]))',
    );
    await visit.page.getByText('All', { exact: true }).click();
    await expectFigures(visit);

    await visit.pass(180);
    const plot = visit.page.locator('[data-chart="responses"] .plot');
    const rows = async (): Promise<number> => Number(await plot.getAttribute('aria-valuemax')) + 1;
    expect(await rows()).toBeLessThan(155);
    await visit.page.getByText('15 min').click();
    expect(await rows()).toBe(184);
    await visit.page.getByText('60 min').click();
    expect(await rows()).toBe(184);
    expect(visit.problems).toEqual([]);
  });

  it('shows the values of one time in all charts, by pointer and by keys', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    await visit.pass(10);
    const plot = visit.page.locator('[data-chart="response-time"] .plot');
    await plot.focus();
    for (let i = 0; i < 4; i++) await visit.page.keyboard.press('ArrowLeft');
    await expectFigures(visit, undefined, -5);
    const times = await visit.page.locator('time').allTextContents();
    expect(new Set(times).size).toBe(1);
    expect(times[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d: testing p50 [\d.]+ s, /);
    await visit.pass();
    await expectFigures(visit, undefined, -6);
    await visit.page.keyboard.press('Escape');
    await expectFigures(visit);

    await visit.page.locator('[data-chart="cpu"] .u-over').hover({ position: { x: 1, y: 20 } });
    await until(
      () => visit.legend('cpu'),
      (values) => values.every(Number.isNaN),
    );
    await expectFigures(visit, undefined, 0);
    await visit.page.mouse.move(0, 0);
    await visit.page.locator('time').first().getByText('now').waitFor();
    await expectFigures(visit);
    expect(visit.problems).toEqual([]);
  });

  it('reaches every control by the keyboard', async () => {
    await using visit = await Visit.open(browser, address.url);
    await visit.shown();
    const reached: string[] = [];
    for (let i = 0; i < 3 + CHARTS.length + 3; i++) {
      await visit.page.keyboard.press('Tab');
      const focused = visit.page.locator(':focus');
      const name = (await focused.getAttribute('aria-label')) ?? (await focused.getAttribute('name'));
      reached.push(name ?? (await focused.textContent()) ?? '');
    }
    const charts = CHARTS.map(() => expect.stringMatching(/, at a time$/));
    const links = ['/metrics', '/-/healthy', '/-/ready'];
    expect(reached).toEqual(['environment', 'range', 'Pause', ...charts, ...links]);
    await visit.page.keyboard.press('Shift+Tab');
    await visit.page.locator('[name="environment"]:checked').focus();
    await visit.page.keyboard.press('ArrowRight');
    await expectFigures(visit, 'testing');
  });
});
