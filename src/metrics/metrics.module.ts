import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { VERSION } from '../platform/package.js';
import { type BuildInfo, collectors } from './collectors.js';
import { Registry } from './registry.js';

/** Provides each metric of collectors.ts for injection by `@InjectMetric(name)`. */
@Module({
  providers: [Registry, ...collectors],
  exports: [Registry, ...collectors],
})
export class MetricsModule implements OnApplicationBootstrap {
  constructor(
    private readonly registry: Registry,
    @InjectMetric('service_collector_build_info') buildInfo: BuildInfo,
  ) {
    buildInfo.set({ version: VERSION, node_version: process.version }, 1);
  }

  /** Series that were created during start-up count from the start of the process. */
  onApplicationBootstrap(): void {
    for (const metric of this.registry) for (const series of metric.all) series.madeAt = 0;
  }
}
