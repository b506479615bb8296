// What end-to-end tests start and ask: the real application, on a port of its own.
import type { Server } from 'node:http';
import { once } from 'node:events';
import { createServer, type Server as NetServer } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import WebSocket from 'ws';
import { createApplication } from '../src/application.js';
import { arrivals } from '../src/lifecycle/lifecycle.js';
import type { Past } from '../src/live/figures/past.js';
import { readSettings } from '../src/settings.js';

export interface Service extends AsyncDisposable {
  app: NestExpressApplication;
  port: number;
  url: string;
  close(): Promise<void>;
}

/** Starts the service with the simulator off and only fatal logs, unless the variables say otherwise. */
export async function startService(variables: NodeJS.ProcessEnv = {}, fixedPort = 0): Promise<Service> {
  const settings = readSettings({ SIMULATOR: 'off', LOG_LEVEL: 'fatal', HOST: '127.0.0.1', ...variables });
  const app = await createApplication(settings);
  const server: Server = await app.listen(fixedPort, settings.HOST);
  const port = portOf(server);
  // Clients in this process see then that their connections are closed, and send nothing on them to the next service.
  const close = (): Promise<void> => app.close().then(arrivals);
  return { app, port, url: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

export function portOf(server: NetServer): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

/** A port that nothing listens on, for a program that cannot choose one itself. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** The samples of the exposition, by their series. It is fetched as a page in a browser does, so that no stop waits for the test. */
export async function scrape({ url }: Pick<Service, 'url'>): Promise<Map<string, number>> {
  return samples(await (await fetch(`${url}/metrics`)).text());
}

/** One sample of the exposition, such as `response_code{env="testing",statuscode="200",type="200"}`. */
export async function sample(service: Pick<Service, 'url'>, series: string): Promise<number | undefined> {
  return (await scrape(service)).get(series);
}

/** What the service keeps for the live page. */
export async function pastOf({ url }: Pick<Service, 'url'>): Promise<Past> {
  return JSON.parse(await (await fetch(`${url}/live/history`)).text());
}

/** Posts a body to `/observations`: text or bytes as they are, anything else as JSON. */
export function push(
  { url }: Pick<Service, 'url'>,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/observations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
}

/** The exposition's samples by their series, exactly as they are written. */
export function samples(exposition: string): Map<string, number> {
  const lines = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum over all series of a metric. */
export function total(all: Map<string, number>, metric: string): number {
  return [...all].reduce((sum, [series, value]) => (series.split('{')[0] === metric ? sum + value : sum), 0);
}

/** Opens a WebSocket, and fails if it is refused. */
export async function connect(
  { url }: Pick<Service, 'url'>,
  path: string,
  options?: WebSocket.ClientOptions,
): Promise<WebSocket> {
  const client = new WebSocket(`${url}${path}`, options);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
  return client;
}

/** Milliseconds after which nobody asks any more for what will never be; no limit on speed. */
const GIVE_UP_AFTER = 60_000;

/** Asks until the answer is the expected one. */
export async function until<T>(ask: () => T | Promise<T>, expected: (answer: T) => boolean): Promise<T> {
  const start = performance.now();
  for (;;) {
    const answer = await ask();
    if (expected(answer)) return answer;
    if (performance.now() - start > GIVE_UP_AFTER) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
