import { Module } from '@nestjs/common';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { ServerModule } from '../../server/server.module.js';
import { SyslogService } from './syslog.service.js';

@Module({
  imports: [MetricsModule, RecordingModule, ServerModule],
  providers: [SyslogService],
})
export class SyslogModule {}
