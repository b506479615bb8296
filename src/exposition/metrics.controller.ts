import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { InjectMetricsAuth } from '../server/auth.js';
import type { BearerAuth } from '../server/bearer-auth.js';
import { Exporter } from './exporter.js';
import { StateService } from '../state/state.service.js';
import { preferredFormat } from './preferred-format.js';
import { isAnnounced, Scrapers } from './scrapers.js';

/** `GET /metrics`: the exposition as text or protobuf, gzipped on request. */
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
    const { headers, method } = request;
    const format = preferredFormat(headers.accept);
    const exposition = await this.exporter.render(method === 'GET' && isAnnounced(headers), format);
    const { checkpoint } = exposition;
    if (checkpoint) await this.state.prepare(checkpoint);
    this.scrapers.answering(
      request,
      response,
      exposition.time,
      () => checkpoint && this.state.fetched(checkpoint),
    );
    response.set('Content-Type', this.exporter.contentTypeOf(format)).vary('Accept, Accept-Encoding');
    if (request.acceptsEncodings('gzip', 'identity') === 'gzip') {
      response.set('Content-Encoding', 'gzip').send(await exposition.gzip());
    } else {
      response.send(exposition.bytes);
    }
  }
}
