import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RequestsController } from './requests.controller.js';

@Module({
  imports: [MetricsModule],
  controllers: [RequestsController],
})
export class RequestsModule {}
