import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/** Whether the service is on its way up, up, or on its way down. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  phase: 'starting' | 'ready' | 'shutting down' = 'starting';

  onApplicationBootstrap(): void {
    this.phase = 'ready';
  }

  onModuleDestroy(): void {
    this.phase = 'shutting down';
  }
}
