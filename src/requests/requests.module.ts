import { Module } from '@nestjs/common';
import { HttpModule } from '../server/server.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RequestsController } from './requests.controller.js';

@Module({
  imports: [HttpModule, MetricsModule],
  controllers: [RequestsController],
})
export class RequestsModule {}
