import { Inject, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';
import { BearerAuth } from './bearer-auth.js';

const INGEST_AUTH = Symbol('who may send observations');
const METRICS_AUTH = Symbol('who may read the metrics');

/** Injects who may send observations. */
export const InjectIngestAuth = (): ParameterDecorator => Inject(INGEST_AUTH);
/** Injects who may read the metrics. */
export const InjectMetricsAuth = (): ParameterDecorator => Inject(METRICS_AUTH);

/** Guards the doors that settings name tokens for. */
@Module({
  providers: [
    {
      provide: INGEST_AUTH,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new BearerAuth(settings.INGEST_TOKEN, settings.INGEST_TOKEN_FILE),
    },
    {
      provide: METRICS_AUTH,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new BearerAuth(settings.METRICS_TOKEN, settings.METRICS_TOKEN_FILE),
    },
  ],
  exports: [INGEST_AUTH, METRICS_AUTH],
})
export class AuthModule {}
