import { Server as TlsServer } from 'node:tls';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { LastReloadSuccessful } from '../metrics/collectors.js';
import { messageOf } from '../platform/message-of.js';
import { SETTINGS } from '../settings/token.js';
import type { ServerSettings } from './server.settings.js';
import { watchFiles } from '../platform/watch-files.js';
import { readCertificate } from './read-certificate.js';

/**
 * Reloads the TLS certificate for new connections when its files change. While certificate and key do not match, as in the
 * middle of a renewal, the previous certificate stays in use.
 */
@Injectable()
export class Certificate implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Certificate');
  private stop: (() => void) | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: ServerSettings,
    private readonly host: HttpAdapterHost,
    @InjectMetric('service_collector_config_last_reload_successful')
    private readonly reloads: LastReloadSuccessful,
  ) {}

  onApplicationBootstrap(): void {
    const { TLS_CERT_FILE, TLS_KEY_FILE } = this.settings;
    if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return;
    this.stop = watchFiles([TLS_CERT_FILE, TLS_KEY_FILE], () => this.renew());
    this.show(); // it may have been renewed since the server was created
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  private renew(): void {
    try {
      this.show();
      this.logger.log('TLS certificate reloaded: new connections use it');
    } catch (error) {
      this.reloads.set({ setting: 'TLS_CERT_FILE' }, 0);
      this.logger.error(`TLS certificate reload failed, keeping the current one: ${messageOf(error)}`);
    }
  }

  /** @throws {Error} as `readCertificate` does */
  private show(): void {
    const server: unknown = this.host.httpAdapter.getHttpServer();
    const certificate = readCertificate(this.settings);
    if (certificate && server instanceof TlsServer) server.setSecureContext(certificate);
    this.reloads.set({ setting: 'TLS_CERT_FILE' }, 1);
  }
}
