import { Module } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { VERSION } from '../platform/package.js';
import { type BuildInfo, collectors } from './collectors.js';
import { PrintingRegistry } from './print.js';

/**
 * Provides each metric of collectors.ts to whoever asks with `@InjectMetric(name)`. All are in a registry of this application:
 * two applications in a process share no metric.
 */
@Module({
  providers: [PrintingRegistry, { provide: Registry, useExisting: PrintingRegistry }, ...collectors],
  exports: [PrintingRegistry, Registry, ...collectors],
})
export class MetricsModule {
  constructor(@InjectMetric('service_collector_build_info') buildInfo: BuildInfo) {
    buildInfo.set({ version: VERSION, node_version: process.version }, 1);
  }
}
