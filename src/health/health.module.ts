import { Module } from '@nestjs/common';
import { HttpModule } from '../server/server.module.js';
import { HealthController } from './health.controller.js';

@Module({
  imports: [HttpModule],
  controllers: [HealthController],
})
export class HealthModule {}
