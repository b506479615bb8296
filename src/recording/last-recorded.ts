import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Observations, SourceLastRecorded } from '../metrics/collectors.js';
import type { Value } from '../metrics/values.js';

/** Milliseconds between two checks. */
const INTERVAL = 1_000;

/**
 * Shows when each source last recorded something, to within a second. It compares counts periodically, because reading the
 * clock for each batch costs nearly as much as recording a small one.
 */
@Injectable()
export class LastRecorded implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly counts = new Map<Value, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectMetric('service_collector_observations_total') private readonly observations: Observations,
    @InjectMetric('service_collector_source_last_recorded_timestamp_seconds')
    private readonly times: SourceLastRecorded,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), INTERVAL).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  tick(): void {
    for (const series of this.observations.all) {
      if (series.value === (this.counts.get(series) ?? 0)) continue;
      this.counts.set(series, series.value);
      this.times.set(series.labels, Date.now() / 1000);
    }
  }
}
