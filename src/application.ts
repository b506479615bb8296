import type { Server } from 'node:http';
import { isatty } from 'node:tty';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { AppModule } from './app.module.js';
import { ClientsAdapter } from './sources/websocket/clients.adapter.js';
import { Connections } from './server/connections.js';
import { QuickExpressAdapter } from './server/express.adapter.js';
import { sharedWith } from './server/origins.js';
import { RateLimit } from './server/rate-limit.js';
import { RequestDuration } from './server/request-duration.js';
import { httpsOptions, serverOptions } from './server/server-options.js';
import { ignoreOtherUpgrades } from './server/upgrades.js';
import { LOG_LEVELS, type LogSettings } from './settings/log.settings.js';
import type { Settings } from './settings.js';

/** Creates the whole service, not yet listening. Used by main and by the tests. */
export async function createApplication(settings: Settings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(settings),
    new QuickExpressAdapter(strictExpress(), serverOptions(settings)),
    {
      abortOnError: false,
      bodyParser: false,
      ...httpsOptions(settings),
      logger: loggerFor(settings),
    },
  );

  app.useWebSocketAdapter(new ClientsAdapter(app));
  const { ALLOWED_ORIGINS } = settings;
  if (ALLOWED_ORIGINS.length > 0) app.use('/observations', sharedWith(ALLOWED_ORIGINS));
  const rateLimit = app.get(RateLimit, { strict: false });
  if (rateLimit.isOn) app.use(rateLimit.middleware);

  const server: Server = app.getHttpServer();
  server.prependListener('request', app.get(RequestDuration, { strict: false }).measure);
  ignoreOtherUpgrades(server, app.get(Connections, { strict: false }));
  return app;
}

/** Express that matches paths exactly as documented, and sends no unnecessary headers. */
function strictExpress(): Express {
  return express()
    .enable('case sensitive routing')
    .enable('strict routing')
    .disable('etag')
    .disable('x-powered-by');
}

/** Nest's logger, but with timestamps that do not depend on locale and time zone. */
class IsoLogger extends ConsoleLogger {
  protected override getTimestamp(): string {
    return new Date().toISOString();
  }
}

export function loggerFor({ LOG_LEVEL, LOG_FORMAT }: LogSettings): ConsoleLogger {
  return new IsoLogger({
    prefix: 'service-collector',
    json: LOG_FORMAT === 'json',
    colors: LOG_FORMAT === 'pretty' && isatty(process.stdout.fd),
    logLevels: LOG_LEVELS.slice(LOG_LEVELS.indexOf(LOG_LEVEL)),
  });
}
