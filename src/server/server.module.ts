import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Certificate } from './certificate.js';
import { Connections } from './connections.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { ProblemFilter } from './problem.filter.js';
import { RateLimit } from './rate-limit.js';
import { Refusals } from './refusals.js';
import { RequestDuration } from './request-duration.js';
import { ServerLimits } from './server-limits.js';
import { Stop } from '../exposition/final-scrape.js';

/** What all routes share: their duration is measured, their errors have one format, their connections one end. */
@Module({
  imports: [MetricsModule],
  providers: [
    Certificate,
    Connections,
    Lifecycle,
    RateLimit,
    Refusals,
    RequestDuration,
    ServerLimits,
    Stop,
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Lifecycle, RateLimit, Refusals, RequestDuration],
})
export class HttpModule {}
