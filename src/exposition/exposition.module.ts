import { Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ServerModule } from '../server/server.module.js';
import { StateModule } from '../state/state.module.js';
import { RecordingModule } from '../recording/recording.module.js';
import { Exporter } from './exporter.js';
import { FinalScrape } from './final-scrape.js';
import { FirstIncrements } from './first-increments.js';
import { MetricsController } from './metrics.controller.js';
import { Scrapers } from './scrapers.js';

@Module({
  imports: [LifecycleModule, MetricsModule, RecordingModule, ServerModule, StateModule],
  providers: [Exporter, FinalScrape, FirstIncrements, Scrapers],
  exports: [Exporter, Scrapers, ServerModule, StateModule],
})
class ScrapesModule {}

/** Serves the metrics at /metrics, and during a shutdown waits until they are fetched. */
@Module({
  imports: [
    PrometheusModule.registerAsync({
      imports: [ScrapesModule],
      useFactory: () => ({ defaultMetrics: { enabled: false } }),
      controller: MetricsController,
    }),
  ],
})
export class ExpositionModule {}
