import {
  Controller,
  Get,
  Header,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  ServiceUnavailableException,
} from '@nestjs/common';

/**
 * The answers that probes ask for, under the paths of Prometheus' own: healthy as long as the process answers, ready
 * only between the end of the start and the beginning of the stop.
 */
@Controller('-')
export class HealthController implements OnApplicationBootstrap, OnModuleDestroy {
  private phase: 'starting' | 'ready' | 'shutting down' = 'starting';

  onApplicationBootstrap(): void {
    this.phase = 'ready';
  }

  onModuleDestroy(): void {
    this.phase = 'shutting down';
  }

  @Get('healthy')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  healthy(): string {
    return 'service-collector is healthy.\n';
  }

  @Get('ready')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  ready(): string {
    if (this.phase !== 'ready') throw new ServiceUnavailableException(`service-collector is ${this.phase}`);
    return 'service-collector is ready.\n';
  }
}
