import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RecorderService } from './recorder.service.js';

@Module({
  imports: [MetricsModule],
  providers: [RecorderService],
  exports: [RecorderService],
})
export class RecordingModule {}
