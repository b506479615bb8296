import { Module } from '@nestjs/common';
import { AuthModule } from '../../server/auth.module.js';
import { HttpModule } from '../../server/server.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { ObservationsController } from './observations.controller.js';

@Module({
  imports: [AuthModule, HttpModule, RecordingModule],
  controllers: [ObservationsController],
})
export class PushModule {}
