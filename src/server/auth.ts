import { Inject, type Provider } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { LastReloadSuccessful } from '../metrics/collectors.js';
import { SETTINGS } from '../settings/token.js';
import { BearerAuth } from './bearer-auth.js';
import type { ServerSettings } from './server.settings.js';

const INGEST_AUTH = Symbol('who may send observations');
const METRICS_AUTH = Symbol('who may read the metrics');

/** Injects who may send observations. */
export const InjectIngestAuth = (): ParameterDecorator => Inject(INGEST_AUTH);
/** Injects who may read the metrics. */
export const InjectMetricsAuth = (): ParameterDecorator => Inject(METRICS_AUTH);

/** Guards of the routes for which settings define tokens. */
export const auths: Provider[] = [authOf(INGEST_AUTH, 'INGEST_TOKEN'), authOf(METRICS_AUTH, 'METRICS_TOKEN')];

function authOf(provide: symbol, name: 'INGEST_TOKEN' | 'METRICS_TOKEN'): Provider {
  const setting = `${name}_FILE` as const;
  return {
    provide,
    inject: [SETTINGS, getToken('service_collector_config_last_reload_successful')],
    useFactory: (settings: ServerSettings, reloads: LastReloadSuccessful) =>
      new BearerAuth(settings[name], settings[setting], (isUsed) => reloads.set({ setting }, Number(isUsed))),
  };
}
