import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { RecordingModule } from '../../recording/recording.module.js';
import { SimulatorService } from './simulator.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), RecordingModule],
  providers: [SimulatorService],
})
export class SimulatorModule {}
