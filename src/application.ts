import type { Server } from 'node:http';
import { isatty } from 'node:tty';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { AppModule } from './app.module.js';
import { ClientsAdapter } from './clients/clients.adapter.js';
import { refuseBrokenRequests } from './http/broken-requests.js';
import { Connections } from './http/connections.js';
import { QuickExpressAdapter } from './http/express.adapter.js';
import { RequestDuration } from './http/request-duration.js';
import { ignoreOtherUpgrades } from './http/upgrades.js';
import { LOG_LEVELS, type Settings } from './settings.js';

/**
 * Longer than the five minutes for which Prometheus keeps a connection without a scrape (`IdleConnTimeout` in
 * prometheus/common's http_config.go), so that it is never this side that hangs up while the next scrape is on its way.
 */
const KEEP_ALIVE_MILLISECONDS = 310_000;

/** A client that neither sends the rest of its request nor reads the rest of its answer for so long is cut off. */
const SILENCE_MILLISECONDS = 60_000;

/** The whole service, not yet listening: what main starts and what the tests talk to. */
export async function createApplication(settings: Settings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(settings),
    new QuickExpressAdapter(strictExpress()),
    {
      abortOnError: false,
      bodyParser: false,
      logger: loggerFor(settings),
    },
  );

  const requestDuration = app.get(RequestDuration, { strict: false });
  const connections = app.get(Connections, { strict: false });
  app.useWebSocketAdapter(new ClientsAdapter(app, settings, requestDuration, connections));

  const server: Server = app.getHttpServer();
  server.prependListener('request', requestDuration.measure);
  server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
  server.timeout = SILENCE_MILLISECONDS;
  ignoreOtherUpgrades(server, connections);
  refuseBrokenRequests(server, connections);
  return app;
}

/** Express, so that a path is answered as it is documented or not at all, and without headers that nobody needs. */
function strictExpress(): Express {
  return express()
    .enable('case sensitive routing')
    .enable('strict routing')
    .disable('etag')
    .disable('x-powered-by');
}

export function loggerFor({ LOG_LEVEL, LOG_FORMAT }: Settings): ConsoleLogger {
  return new ConsoleLogger({
    prefix: 'service-collector',
    json: LOG_FORMAT === 'json',
    colors: LOG_FORMAT === 'pretty' && isatty(process.stdout.fd),
    logLevels: LOG_LEVELS.slice(LOG_LEVELS.indexOf(LOG_LEVEL)),
  });
}
