import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { Controller, Get, NotFoundException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Module } from '@nestjs/common';
import express from 'express';
import { reportResponses } from '../examples/node/express-middleware.js';
import { ObservationInterceptor } from '../examples/node/nest-interceptor.js';
import { ObservationReporter } from '../examples/node/observation-reporter.js';
import { accountOf } from './accounting.js';
import { portOf, sample, type Service, startService, until } from './service.js';

@Controller()
class ShopController {
  @Get('/')
  show(): string {
    return 'shop';
  }

  @Get('/slow')
  never(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('/missing')
  missing(): never {
    throw new NotFoundException();
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

const LISTS = { METHODS: 'GET', ROUTES: '/,/slow' };

describe('the examples for Node', () => {
  let collector: Service;
  let reporter: ObservationReporter;
  beforeEach(async () => {
    collector = await startService(LISTS);
    reporter = reporterTo(collector);
  });
  afterEach(async () => {
    await reporter.close();
    await collector.close();
  });

  function reporterTo(
    { port }: Service,
    capacity?: number,
    onRejected?: (problems: unknown) => void,
  ): ObservationReporter {
    const url = `ws://127.0.0.1:${port}/ws/shop`;
    return new ObservationReporter({
      url,
      env: 'production',
      interval: 5,
      ...(capacity && { capacity }),
      ...(onRejected && { onRejected }),
    });
  }
  const recorded = (count: number): Promise<unknown> =>
    until(
      () => accountOf(collector, 'websocket'),
      (account) => account.recorded === count,
    );
  /** How often a status code was counted, and under which method and route. */
  const code = (statuscode: number, method = 'GET', route = 'other'): Promise<number | undefined> =>
    sample(
      collector,
      `response_code{env="production",statuscode="${statuscode}",type="${Math.floor(statuscode / 100)}00",method="${method}",route="${route}"}`,
    );

  /** Asks for what is never answered, and hangs up. */
  async function giveUp(server: Server): Promise<void> {
    const socket = connectSocket(portOf(server), '127.0.0.1');
    const asked = once(server, 'request');
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await asked;
    socket.destroy();
  }

  it('the Express middleware reports all responses, and requests that clients give up', async () => {
    const app = express();
    app.use(reportResponses(reporter));
    app.get('/', (_request, response) => void response.send('shop'));
    app.get('/slow', () => undefined);
    const server: Server = createServer((request, response) => void app(request, response)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    for (const path of ['/', '/', '/missing']) await fetch(`http://127.0.0.1:${portOf(server)}${path}`);
    await giveUp(server);
    await recorded(4);
    expect([await code(200, 'GET', '/'), await code(404), await code(499, 'GET', '/slow')]).toEqual([
      2, 1, 1,
    ]);
    expect((await accountOf(collector, 'websocket')).timed).toBe(4);
    server.close();
    server.closeAllConnections();
  });

  it('the Nest interceptor reports what controllers answer, errors and requests that clients give up too', async () => {
    const app = await NestFactory.create<NestExpressApplication>(ShopModule, { logger: false });
    app.useGlobalInterceptors(new ObservationInterceptor(reporter));
    const server: Server = await app.listen(0, '127.0.0.1');
    for (const path of ['/', '/', '/missing']) await fetch(`http://127.0.0.1:${portOf(server)}${path}`);
    await giveUp(server);
    await recorded(4);
    expect([await code(200, 'GET', '/'), await code(404), await code(499, 'GET', '/slow')]).toEqual([
      2, 1, 1,
    ]);
    server.closeAllConnections();
    await app.close();
  });

  it('the reporter sends more than a batch, and the rest when it is closed', async () => {
    for (let i = 0; i < 2500; i++) reporter.report({ statuscode: 200, seconds: 0.01 });
    await reporter.close();
    expect(await accountOf(collector, 'websocket')).toMatchObject({ recorded: 2500, timed: 2500 });
    expect(reporter.dropped).toBe(0);
  });

  it('the reporter continues when the collector comes back', async () => {
    reporter.report({ statuscode: 200 });
    await recorded(1);
    await collector.close();
    reporter.report({ statuscode: 500 });
    collector = await startService(LISTS, collector.port);
    await recorded(1);
    expect(await code(500, 'other')).toBe(1);
  });

  it('the reporter drops the oldest when its buffer is full, and reports how many', async () => {
    await reporter.close();
    await collector.close();
    reporter = reporterTo(collector, 3);
    for (const statuscode of [201, 202, 203, 204, 205]) reporter.report({ statuscode });
    expect(reporter.dropped).toBe(2);
    collector = await startService(LISTS, collector.port);
    await recorded(3);
    const codes = await Promise.all([202, 203, 205].map((statuscode) => code(statuscode, 'other')));
    expect(codes).toEqual([undefined, 1, 1]);
  });

  it('the reporter reports why a batch is refused, and continues', async () => {
    await reporter.close();
    const refused: unknown[] = [];
    await collector.close();
    collector = await startService({ ENVIRONMENTS: 'staging' }, collector.port);
    reporter = reporterTo(collector, 10, (problems) => refused.push(problems));
    reporter.report({ statuscode: 799 }); // not handed on at all
    expect(reporter.dropped).toBe(1);
    reporter.report({ statuscode: 200 });
    await until(
      () => refused.length,
      (count) => count === 1,
    );
    expect(refused).toEqual([[{ index: 0, field: 'env', detail: expect.stringContaining('production') }]]);
    expect(reporter.dropped).toBe(2);
  });

  it('the reporter omits an invalid duration, so that no batch is lost', async () => {
    for (const seconds of [-1, NaN, Infinity, 864_001, 0, 864_000])
      reporter.report({ statuscode: 200, seconds });
    await recorded(6);
    expect((await accountOf(collector, 'websocket')).timed).toBe(2);
    expect(reporter.dropped).toBe(0);
  });
});
