import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RecordingModule } from '../recording/recording.module.js';
import { ClientsGateway } from './clients.gateway.js';
import { UpgradeRequiredController } from './upgrade-required.controller.js';

@Module({
  imports: [MetricsModule, RecordingModule],
  controllers: [UpgradeRequiredController],
  providers: [ClientsGateway],
})
export class ClientsModule {}
