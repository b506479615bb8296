import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LastRecorded } from './last-recorded.js';
import { RecorderService } from './recorder.service.js';

@Module({
  imports: [MetricsModule],
  providers: [LastRecorded, RecorderService],
  exports: [RecorderService],
})
export class RecordingModule {}
