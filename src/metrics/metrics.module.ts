import { Module } from '@nestjs/common';
import { InjectMetric, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { VERSION } from '../version.js';
import { type BuildInfo, collectors } from './collectors.js';
import { Exporter } from './exposition.js';
import { MetricsController } from './metrics.controller.js';
import { PrintingRegistry } from './print.js';

/** The registry of one application: two applications in a process share no metric. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new PrintingRegistry() }, Exporter],
  exports: [Registry, Exporter],
})
class RegistryModule {}

/** Provides each metric of collectors.ts to whoever asks with `@InjectMetric(name)`, and shows them all at /metrics. */
@Module({
  imports: [
    RegistryModule,
    PrometheusModule.registerAsync({
      imports: [RegistryModule],
      inject: [Registry],
      useFactory: (register: Registry) => ({ defaultMetrics: { enabled: true, config: { register } } }),
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
