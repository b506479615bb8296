import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ServiceProcess } from '../process.js';
import { sample } from '../service.js';
import { launch, Visit } from './visit.js';

/** A directory that keeps what the page looked like. */
const SCREENSHOTS = process.env['SCREENSHOTS'];

const DESKTOP = { width: 1280, height: 1000 };
const PHONE = { width: 390, height: 844 };

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

  it.each([
    ['desktop', 'light', DESKTOP],
    ['desktop', 'dark', DESKTOP],
    ['phone', 'light', PHONE],
    ['phone', 'dark', PHONE],
  ] as const)(
    'fits a %s, %s, and nothing moves when figures arrive',
    async (device, colorScheme, viewport) => {
      await using visit = await Visit.open(browser, address.url, { viewport, colorScheme });
      await visit.shown();
      await visit.pass(40);
      if (SCREENSHOTS !== undefined) {
        mkdirSync(SCREENSHOTS, { recursive: true });
        await visit.page.screenshot({
          path: join(SCREENSHOTS, `${device}-${colorScheme}.png`),
          fullPage: true,
        });
      }
      expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      expect(await visit.page.evaluate(CUT)).toEqual([]);
      expect(Number(await visit.page.evaluate('shift'))).toBeLessThan(0.001);
      expect(visit.problems).toEqual([]);
    },
  );

  it.each([
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ])('has room on a %s for every source and reason when some have refused', async (_, viewport) => {
    const response = await fetch(`${address.url}/observations`, { method: 'POST', body: 'no observation' });
    expect(response.status).toBe(415);
    await using visit = await Visit.open(browser, address.url, { viewport });
    await visit.shown();
    await visit.page.getByText('unsupported_media_type').waitFor();
    expect(await visit.page.evaluate(CUT)).toEqual([]);
    expect(await visit.page.getByText('Broker', { exact: true }).isVisible()).toBe(true);
  });

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
    const response = await fetch(target, {
      method: 'POST',
      headers: { [name]: value },
      body,
    });
    expect(await response.json()).toEqual({ recorded: 1 });
    expect(await sample({ url }, 'response_time_count{env="production"}')).toBe(1);
    await visit.pass();
    expect(await visit.page.getByText('No observations yet').isVisible()).toBe(false);
    await visit.page.getByText('Real data').waitFor();
    expect(await visit.page.locator('[data-chart="responses"]').isVisible()).toBe(true);
    expect(visit.problems).toEqual([]);
  });
});
