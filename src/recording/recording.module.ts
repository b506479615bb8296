import { Inject, Module } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { SourceConfigured } from '../metrics/collectors.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SETTINGS, type Settings } from '../settings.js';
import type { Source } from './observation.js';
import { RecorderService } from './recorder.service.js';

@Module({
  imports: [MetricsModule],
  providers: [RecorderService],
  exports: [RecorderService],
})
export class RecordingModule {
  constructor(
    @Inject(SETTINGS) settings: Settings,
    @InjectMetric('service_collector_source_configured') configured: SourceConfigured,
  ) {
    for (const source of configuredSources(settings)) configured.set({ source }, 1);
  }
}

/** The sources that deliver by themselves; to the others, anyone may push at any time or never. */
function configuredSources({ SIMULATOR, ACCESS_LOGS }: Settings): Source[] {
  return [
    ...(SIMULATOR === 'on' ? (['simulator'] as const) : []),
    ...(ACCESS_LOGS.length > 0 ? (['access_log'] as const) : []),
  ];
}
