import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { HttpModule } from '../http/http.module.js';
import { RecordingModule } from '../recording/recording.module.js';
import { ObservationsController } from './observations.controller.js';

@Module({
  imports: [AuthModule, HttpModule, RecordingModule],
  controllers: [ObservationsController],
})
export class PushModule {}
