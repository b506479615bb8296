import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RequestsController } from './requests.controller.js';

@Module({
  imports: [HttpModule, MetricsModule],
  controllers: [RequestsController],
})
export class RequestsModule {}
