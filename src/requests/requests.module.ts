import { Module } from '@nestjs/common';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RequestsController } from './requests.controller.js';

@Module({
  imports: [LifecycleModule, MetricsModule],
  controllers: [RequestsController],
})
export class RequestsModule {}
