import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { InjectMetricsAuth } from '../server/auth.js';
import type { BearerAuth } from '../server/bearer-auth.js';
import { History } from './history.js';

const compress = promisify(gzip);

/** `GET /live/history`: the last hour for the live page. It needs the same token as the metrics. */
@Controller('live/history')
export class HistoryController {
  constructor(
    private readonly history: History,
    @InjectMetricsAuth() private readonly auth: BearerAuth,
  ) {}

  @Get()
  async past(@Req() request: Request, @Res() response: Response): Promise<void> {
    const refusal = this.auth.refusalOf(request.headers.authorization);
    if (refusal) throw refusal;
    const past = Buffer.from(JSON.stringify(this.history.past()));
    response.type('json').set('Cache-Control', 'no-store').vary('Accept-Encoding');
    if (request.acceptsEncodings('gzip', 'identity') === 'gzip') {
      response.set('Content-Encoding', 'gzip').send(await compress(past));
    } else {
      response.send(past);
    }
  }
}
