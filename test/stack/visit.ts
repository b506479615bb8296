// A visit to the live page in a real browser, whose clock the test moves.
import { type Browser, type BrowserContextOptions, chromium, type Page, type Route } from 'playwright-core';
import { LiveData } from '../../src/live/figures/live-data.js';
import type { Past } from '../../src/live/figures/past.js';
import type { Labels } from '../../src/live/figures/scrapes.js';
import { durationText } from '../../src/live/figures/units.js';
import { CHARTS } from '../../src/live/page/charts.js';
import { samples, until } from '../service.js';

const INTERVAL = 2_000;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** In the page: what breaks the policy becomes an error in the console, what moves by itself is added up. */
const OBSERVERS = `
  document.addEventListener('securitypolicyviolation', (event) => console.error('violates', event.violatedDirective));
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

export interface Exposition {
  /** Milliseconds since the epoch, by the clock of the service, which is made to be that of the page, or ahead. */
  time: number;
  text: string;
  /** What the page asked for first, if there was a gap. */
  past: Past | undefined;
  /** What the page shows as uptime: another one for each exposition. */
  uptime: string;
}

export class Visit implements AsyncDisposable {
  /** Errors and warnings in the console, and exceptions. */
  readonly problems: string[] = [];
  /** What the page was given when it asked for `/metrics`. */
  readonly received: Exposition[] = [];
  asked = 0;
  /** Milliseconds by which the service's clock is ahead of the page's. */
  ahead = 0;
  private past: Past | undefined;
  /** Answers instead of the service. */
  answer: ((route: Route) => Promise<void>) | undefined;

  private constructor(
    readonly page: Page,
    private now: number,
  ) {}

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ colorScheme: 'light', ...options });
    const page = await context.newPage();
    const visit = new Visit(page, Math.ceil(Date.now() / 1000) * 1000);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) visit.problems.push(message.text());
    });
    page.on('pageerror', (error) => visit.problems.push(error.message));
    await page.addInitScript(OBSERVERS);
    await page.clock.install({ time: visit.now - 60_000 });
    await page.clock.pauseAt(visit.now);
    await page.route(/\/(metrics|live\/history)$/, (route) => visit.give(route));
    await page.goto(url);
    return visit;
  }

  /** Lets two seconds pass in the page, as many times, and waits each time until it shows what it received. */
  async pass(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.tick();
      await this.shown();
    }
  }

  /** Lets two seconds pass in the page. */
  async tick(): Promise<void> {
    this.now += INTERVAL;
    await this.page.clock.runFor(INTERVAL);
  }

  /** Waits until the page shows what it received at the time that it is now. */
  async shown(): Promise<void> {
    const last = await until(
      () => this.received.at(-1),
      (exposition) => exposition?.time === this.now + this.ahead,
    );
    await this.page.getByText(last?.uptime ?? '', { exact: true }).waitFor();
  }

  /** The exact values in the legend of a chart. */
  async legend(chart: string): Promise<number[]> {
    const values = this.page.locator(`[data-chart="${chart}"] .legend data`);
    return (await values.evaluateAll((all) => all.map((element) => element.getAttribute('value')))).map(
      Number,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }

  private async give(route: Route): Promise<void> {
    const isPast = route.request().url().endsWith('history');
    if (!isPast) this.asked++;
    const time = this.now + this.ahead;
    if (this.answer !== undefined) return this.answer(route);
    try {
      const response = await route.fetch();
      const text = await response.text();
      if (response.ok() && isPast) this.past = JSON.parse(text);
      else if (response.ok()) this.receive(time, text);
      const date = new Date(time).toUTCString();
      await route.fulfill({ response, headers: { ...response.headers(), date }, body: text });
    } catch {
      await route.abort();
    }
  }

  private receive(time: number, text: string): void {
    const started = samples(text).get('process_start_time_seconds') ?? NaN;
    const uptime = `up ${durationText(time / 1000 - started)}`;
    this.received.push({ time, text, past: this.past, uptime });
    this.past = undefined;
  }
}

/** What follows from everything that the page received, as live-promql.spec.ts shows to be right. */
export function computed({ received }: Visit, chosen: Labels = {}): LiveData {
  const data = new LiveData();
  data.choose(chosen);
  for (const { time, text, past } of received) {
    if (past) data.addPast(time, past);
    data.add(time, text);
  }
  return data;
}

/** Compares every value of every chart. */
export async function expectFigures(visit: Visit, labels: Labels = {}, row = -1): Promise<void> {
  const { env: _env, ...chosen } = labels;
  const data = computed(visit, chosen);
  for (const { name, lines } of CHARTS) {
    const figures = lines(data.environments, labels).map(({ figure }) => figure.expression);
    const expected = figures.map((expression) => data.timeline.values(expression).at(row));
    expect([name, await visit.legend(name)]).toEqual([name, expected]);
  }
}
