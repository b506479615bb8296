import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { AuthModule } from '../auth/auth.module.js';
import { VERSION } from '../version.js';
import { type BuildInfo, collectors } from './collectors.js';
import { Exporter } from './exposition.js';
import { MetricsController } from './metrics.controller.js';
import { PrintingRegistry } from './print.js';
import { ProcessMetrics } from './process-metrics.js';

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
  ],
  exports: [Registry, Exporter],
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
  exports: collectors,
})
export class MetricsModule {
  constructor(@InjectMetric('service_collector_build_info') buildInfo: BuildInfo) {
    buildInfo.set({ version: VERSION, node_version: process.version }, 1);
  }
}
