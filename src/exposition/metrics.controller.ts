import { Controller, Get, Req, Res } from '@nestjs/common';
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
    // Without the header nothing is compressed, which Express would find by parsing it.
    const zipped =
      headers['accept-encoding'] !== undefined && request.acceptsEncodings('gzip', 'identity') === 'gzip';
    const bytes = zipped ? await exposition.gzip() : exposition.bytes;
    response.writeHead(200, {
      'Cache-Control': 'no-store',
      'Content-Type': this.exporter.contentTypeOf(format),
      Vary: 'Accept, Accept-Encoding',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
      'Content-Length': bytes.length,
    });
    response.end(bytes);
  }
}
