import { Controller, Get, Head, Header } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { IncomingRequests } from '../metrics/collectors.js';

const TEXT = 'text/plain; charset=utf-8';

/** `GET /some`: a route whose answers are counted. */
@Controller('some')
export class RequestsController {
  constructor(@InjectMetric('incoming_requests') private readonly incomingRequests: IncomingRequests) {}

  /** Stands before the GET handler, to which Express would hand a HEAD request otherwise, which would count it. */
  @Head()
  @Header('Content-Type', TEXT)
  head(): void {}

  @Get()
  @Header('Content-Type', TEXT)
  some(): string {
    this.incomingRequests.inc();
    return 'hello!';
  }
}
