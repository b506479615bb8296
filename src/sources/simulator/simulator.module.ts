import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LifecycleModule } from '../../lifecycle/lifecycle.module.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { SimulatorService } from './simulator.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), LifecycleModule, RecordingModule],
  providers: [SimulatorService],
})
export class SimulatorModule {}
