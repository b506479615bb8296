import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Connections } from './connections.js';
import { Lifecycle } from './lifecycle.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestDuration } from './request-duration.js';
import { Stop } from './stop.js';

/** What all routes share: their duration is measured, their errors have one format, their connections one end. */
@Module({
  imports: [MetricsModule],
  providers: [
    Connections,
    Lifecycle,
    RequestDuration,
    Stop,
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Lifecycle, RequestDuration],
})
export class HttpModule {}
