import { Inject, Module } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { ClientsLimit } from '../../metrics/collectors.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { AuthModule } from '../../server/auth.module.js';
import { HttpModule } from '../../server/server.module.js';
import { Admission } from './admission.js';
import { ClientsGateway } from './clients.gateway.js';
import { UpgradeRequiredController } from './upgrade-required.controller.js';

@Module({
  imports: [AuthModule, HttpModule, MetricsModule, RecordingModule],
  controllers: [UpgradeRequiredController],
  providers: [Admission, ClientsGateway],
})
export class ClientsModule {
  constructor(
    @Inject(SETTINGS) { MAX_CLIENTS }: Settings,
    @InjectMetric('service_collector_clients_limit') limit: ClientsLimit,
  ) {
    limit.set(MAX_CLIENTS);
  }
}
