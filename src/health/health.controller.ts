import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { Lifecycle } from '../lifecycle/lifecycle.js';

const TEXT = 'text/plain; charset=utf-8';

/**
 * Answers probes under the same paths as Prometheus does: healthy while the process answers, ready only between the end of
 * the start and the beginning of the shutdown.
 */
@Controller('-')
export class HealthController {
  constructor(private readonly lifecycle: Lifecycle) {}

  @Get('healthy')
  @Header('Content-Type', TEXT)
  healthy(): string {
    return 'service-collector is healthy.\n';
  }

  @Get('ready')
  @Header('Content-Type', TEXT)
  ready(): string {
    const { phase } = this.lifecycle;
    if (phase !== 'ready') throw new ServiceUnavailableException(`service-collector is ${phase}`);
    return 'service-collector is ready.\n';
  }
}
