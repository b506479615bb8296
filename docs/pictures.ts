// `npm run pictures` writes README's pictures of the live page, docs/live.png and docs/live-dark.png, with this: it starts the
// built service, reports made-up traffic to it over HTTP, WebSockets and an access log for six minutes, and opens the page for the last of them.
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';
import { Program } from '../test/program.js';

const MINUTES = 6;
const TICK_SECONDS = 0.5;
const CODES = [200, 200, 200, 200, 200, 200, 200, 200, 204, 204, 201, 301, 304, 404, 400];
const ROUTES = ['/cart', '/users/7', '/users/9?tab=orders'];

const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
const log = join(folder, 'access.log');
writeFileSync(log, '');
const service = new Program([process.execPath, 'dist/service.js'], {
  env: {
    HOST: '127.0.0.1',
    PORT: '0',
    SIMULATOR: 'off',
    ACCESS_LOGS: `production/web=${log}`,
    SERVICES: 'shop,checkout,web',
    METHODS: 'GET,POST',
    ROUTES: '/cart,/users/:id',
    RATE_LIMIT: '0',
  },
});
try {
  const [, url = ''] = await service.logged(/Listening on (http:\S+)/);
  await Promise.all([report(url), takePictures(url)]);
} finally {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}

async function report(url: string): Promise<void> {
  const clients: WebSocket[] = [];
  const ticks = (MINUTES * 60) / TICK_SECONDS;
  for (let tick = 0; tick < ticks; tick++) {
    const next = setTimeout(TICK_SECONDS * 1000);
    const progress = tick / ticks;
    const load = 1 + 0.3 * Math.sin(progress * 9);
    const incident = progress > 0.5 && progress < 0.6;
    await push(url, outcomes('production', 'shop', 12 * load, incident));
    if (tick % 40 === 0 && clients.length < 12) {
      const client = new WebSocket(`${url}/ws/checkout-${tick}`);
      await once(client, 'open');
      clients.push(client);
    }
    clients[tick % clients.length]?.send(
      JSON.stringify({ event: 'observations', data: outcomes('testing', 'checkout', 6 * load, false) }),
    );
    for (const { statuscode, seconds } of outcomes('production', 'web', 5 * load, incident)) {
      const time = new Date().toISOString();
      appendFileSync(
        log,
        `{"time":"${time}","status":${statuscode},"request_time":${seconds},"request_method":"GET","request_uri":"/cart"}\n`,
      );
    }
    for (let i = 0; i < 3 * load; i++) await fetch(`${url}/some`);
    if (tick % 200 === 150) await push(url, { env: 'staging', statuscode: 200 });
    await next;
  }
}

/** Made-up observations; an incident has more errors, and is slow. */
function outcomes(env: string, name: string, count: number, incident: boolean) {
  return Array.from({ length: Math.round(count + Math.random() - 0.5) }, () => ({
    env,
    statuscode: Math.random() < (incident ? 0.06 : 0.008) ? 503 : oneOf(CODES),
    seconds: Number((0.09 * Math.exp(1.1 * normal()) * (incident ? 2.5 : 1)).toFixed(4)),
    service: name,
    method: Math.random() < 0.8 ? 'GET' : 'POST',
    route: oneOf(ROUTES),
  }));
}

function oneOf<T>(values: readonly T[]): T | undefined {
  return values[Math.floor(Math.random() * values.length)];
}

/** About normally distributed, around 0. */
function normal(): number {
  return Array.from({ length: 6 }, Math.random).reduce((sum, value) => sum + value - 0.5, 0) * Math.SQRT2;
}

async function push(url: string, body: unknown): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${url}/observations`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function takePictures(url: string): Promise<void> {
  await setTimeout((MINUTES - 1) * 60_000);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const [colorScheme, path] of [
    ['light', 'docs/live.png'],
    ['dark', 'docs/live-dark.png'],
  ] as const) {
    // Smaller than it is, as README shows it.
    const viewport = { width: 1280, height: 1150 };
    const page = await browser.newPage({ colorScheme, viewport, deviceScaleFactor: 0.7 });
    await page.goto(url);
    await setTimeout(25_000); // so that the table of status codes has seen enough of them
    await page.screenshot({ path });
  }
  await browser.close();
}
