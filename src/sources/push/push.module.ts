import { Module } from '@nestjs/common';
import { ServerModule } from '../../server/server.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { ObservationsController } from './observations.controller.js';

@Module({
  imports: [ServerModule, RecordingModule],
  controllers: [ObservationsController],
})
export class PushModule {}
