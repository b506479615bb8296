import { Module } from '@nestjs/common';
import { LifecycleModule } from '../../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { StateModule } from '../../state/state.module.js';
import { ElasticsearchService } from './elasticsearch.service.js';

@Module({
  imports: [LifecycleModule, RecordingModule, MetricsModule, StateModule],
  providers: [ElasticsearchService],
})
export class ElasticsearchModule {}
