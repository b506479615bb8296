import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { auths } from './auth.js';
import { Certificate } from './certificate.js';
import { Connections } from './connections.js';
import { Methods } from './methods.js';
import { ProblemFilter } from './problem.filter.js';
import { RateLimit } from './rate-limit.js';
import { Refusals } from './refusals.js';
import { RequestDuration } from './request-duration.js';
import { ServerLimits } from './server-limits.js';

/** Shared by all routes: authentication, connection limits, request durations and the format of errors. */
@Module({
  imports: [LifecycleModule, MetricsModule],
  providers: [
    Certificate,
    Connections,
    Methods,
    RateLimit,
    Refusals,
    RequestDuration,
    ServerLimits,
    ...auths,
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Connections, LifecycleModule, RateLimit, Refusals, RequestDuration, ...auths],
})
export class ServerModule {}
