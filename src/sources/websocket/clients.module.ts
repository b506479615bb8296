import { Inject, Module } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { ClientsLimit } from '../../metrics/collectors.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { SETTINGS } from '../../settings/token.js';
import type { ServerSettings } from '../../server/server.settings.js';
import { ServerModule } from '../../server/server.module.js';
import { Admission } from './admission.js';
import { ClientsGateway } from './clients.gateway.js';
import { UpgradeRequiredController } from './upgrade-required.controller.js';

@Module({
  imports: [ServerModule, MetricsModule, RecordingModule],
  controllers: [UpgradeRequiredController],
  providers: [Admission, ClientsGateway],
})
export class ClientsModule {
  constructor(
    @Inject(SETTINGS) { MAX_CLIENTS }: ServerSettings,
    @InjectMetric('service_collector_clients_limit') limit: ClientsLimit,
  ) {
    limit.set(MAX_CLIENTS);
  }
}
