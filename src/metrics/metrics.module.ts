import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { AuthModule } from '../server/auth.module.js';
import { VERSION } from '../platform/package.js';
import { type BuildInfo, collectors } from './collectors.js';
import { Exporter } from '../exposition/exporter.js';
import { MetricsController } from '../exposition/metrics.controller.js';
import { PrintingRegistry } from './print.js';
import { ProcessMetrics } from '../process/process-metrics.js';
import { Scrapers } from '../exposition/scrapers.js';

/** The registry of one application: two applications in a process share no metric. */
@Module({
  providers: [
    PrintingRegistry,
    { provide: Registry, useExisting: PrintingRegistry },
    {
      provide: ProcessMetrics,
      inject: [Registry],
      useFactory: (registry: Registry) => new ProcessMetrics(registry),
    },
    Exporter,
    Scrapers,
  ],
  exports: [Registry, Exporter, Scrapers],
})
class RegistryModule implements OnApplicationShutdown {
  constructor(private readonly processMetrics: ProcessMetrics) {}

  onApplicationShutdown(): void {
    this.processMetrics.stop();
  }
}

/** Provides each metric of collectors.ts to whoever asks with `@InjectMetric(name)`, and shows them all at /metrics. */
@Module({
  imports: [
    RegistryModule,
    PrometheusModule.registerAsync({
      imports: [RegistryModule, AuthModule],
      useFactory: () => ({ defaultMetrics: { enabled: false } }),
      controller: MetricsController,
    }),
  ],
  providers: collectors,
  exports: [...collectors, RegistryModule],
})
export class MetricsModule {
  constructor(@InjectMetric('service_collector_build_info') buildInfo: BuildInfo) {
    buildInfo.set({ version: VERSION, node_version: process.version }, 1);
  }
}
