import { Controller, Get, Req, Res } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Request, Response } from 'express';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { ShuttingDownException } from '../server/problem.js';
import type { IncomingRequests } from '../metrics/collectors.js';

const GREETING = 'hello!';
const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': GREETING.length };

/** `GET /some`: a route whose answers are counted. */
@Controller('some')
export class RequestsController {
  constructor(
    @InjectMetric('incoming_requests') private readonly incomingRequests: IncomingRequests,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** Writes the response itself, which is faster than to let Nest and Express inspect the text. */
  @Get()
  some(@Req() { method }: Request, @Res() response: Response): void {
    if (this.lifecycle.phase === 'shutting down') throw new ShuttingDownException();
    if (method === 'GET') this.incomingRequests.inc(); // Express routes HEAD requests here, too
    response.writeHead(200, HEADERS).end(GREETING);
  }
}
