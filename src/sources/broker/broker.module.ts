import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { BrokerService } from './broker.service.js';
import { Intake } from './intake.js';

@Module({
  imports: [RecordingModule, MetricsModule],
  providers: [Intake, BrokerService],
})
export class BrokerModule {}
