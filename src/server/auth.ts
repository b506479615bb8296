import { Inject, type Provider } from '@nestjs/common';
import { SETTINGS } from '../settings/token.js';
import { BearerAuth } from './bearer-auth.js';
import type { ServerSettings } from './server.settings.js';

const INGEST_AUTH = Symbol('who may send observations');
const METRICS_AUTH = Symbol('who may read the metrics');

/** Injects who may send observations. */
export const InjectIngestAuth = (): ParameterDecorator => Inject(INGEST_AUTH);
/** Injects who may read the metrics. */
export const InjectMetricsAuth = (): ParameterDecorator => Inject(METRICS_AUTH);

/** Guards the routes that settings name tokens for. */
export const auths: Provider[] = [
  {
    provide: INGEST_AUTH,
    inject: [SETTINGS],
    useFactory: (settings: ServerSettings) =>
      new BearerAuth(settings.INGEST_TOKEN, settings.INGEST_TOKEN_FILE),
  },
  {
    provide: METRICS_AUTH,
    inject: [SETTINGS],
    useFactory: (settings: ServerSettings) =>
      new BearerAuth(settings.METRICS_TOKEN, settings.METRICS_TOKEN_FILE),
  },
];
