import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Registry } from '../metrics/registry.js';
import { ProcessMetrics } from './process-metrics.js';

/** Exposes the CPU time, memory, file descriptors, event loop and garbage collection of the process. */
@Module({
  imports: [MetricsModule],
  providers: [
    {
      provide: ProcessMetrics,
      inject: [Registry],
      useFactory: (registry: Registry) => new ProcessMetrics(registry),
    },
  ],
})
export class ProcessModule implements OnApplicationShutdown {
  constructor(private readonly processMetrics: ProcessMetrics) {}

  onApplicationShutdown(): void {
    this.processMetrics.stop();
  }
}
