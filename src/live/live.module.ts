import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ServerModule } from '../server/server.module.js';
import { History } from './history.js';
import { HistoryController } from './history.controller.js';
import { LiveController } from './live.controller.js';
import { PageFiles } from './page-files.js';

/** The files of the page at `/`, and its history. For current values, the browser fetches `GET /metrics`. */
@Module({
  imports: [MetricsModule, ServerModule],
  controllers: [HistoryController, LiveController],
  providers: [History, PageFiles],
})
export class LiveModule {}
