import { Module } from '@nestjs/common';
import { LifecycleModule } from '../../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { BrokerService } from './broker.service.js';
import { Intake } from './intake.js';

@Module({
  imports: [LifecycleModule, RecordingModule, MetricsModule],
  providers: [Intake, BrokerService],
})
export class BrokerModule {}
