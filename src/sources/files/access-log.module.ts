import { Module } from '@nestjs/common';
import { RecordingModule } from '../../recording/recording.module.js';
import { AccessLogService } from './access-log.service.js';

@Module({
  imports: [RecordingModule],
  providers: [AccessLogService],
})
export class AccessLogModule {}
