import { Module } from '@nestjs/common';
import { LifecycleModule } from '../../lifecycle/lifecycle.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { StateModule } from '../../state/state.module.js';
import { AccessLogService } from './access-log.service.js';

@Module({
  imports: [LifecycleModule, RecordingModule, StateModule],
  providers: [AccessLogService],
})
export class AccessLogModule {}
