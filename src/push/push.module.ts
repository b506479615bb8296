import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { RecordingModule } from '../recording/recording.module.js';
import { ObservationsController } from './observations.controller.js';

@Module({
  imports: [HttpModule, RecordingModule],
  controllers: [ObservationsController],
})
export class PushModule {}
