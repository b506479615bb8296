import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { InjectMetricsAuth } from '../server/auth.js';
import type { BearerAuth } from '../server/bearer-auth.js';
import { Exporter } from './exporter.js';
import { StateService } from '../state/state.service.js';
import { isAnnounced, Scrapers } from './scrapers.js';

/** `GET /metrics`: the exposition, gzipped for those who ask for that. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly exporter: Exporter,
    private readonly scrapers: Scrapers,
    private readonly state: StateService,
    @InjectMetricsAuth() private readonly auth: BearerAuth,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async scrape(@Req() request: Request, @Res() response: Response): Promise<void> {
    const refusal = this.auth.refusalOf(request.headers.authorization);
    if (refusal) throw refusal;
    const exposition = await this.exporter.render(request.method === 'GET' && isAnnounced(request.headers));
    const { checkpoint } = exposition;
    if (checkpoint) await this.state.prepare(checkpoint);
    this.scrapers.answering(
      request,
      response,
      exposition.time,
      () => checkpoint && this.state.fetched(checkpoint),
    );
    response.set('Content-Type', this.exporter.contentType).vary('Accept-Encoding');
    if (request.acceptsEncodings('gzip', 'identity') === 'gzip') {
      response.set('Content-Encoding', 'gzip').send(await exposition.gzip());
    } else {
      response.send(exposition.bytes);
    }
  }
}
