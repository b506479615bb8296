import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  Controller,
  Get,
  Header,
  type MiddlewareConsumer,
  Module,
  type NestApplicationOptions,
  type NestModule,
  Next,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { map } from 'rxjs';
import { portOf } from '../../test/service.js';
import { QuickExpressAdapter } from './express.adapter.js';

@Controller()
class SampleController {
  @Get('text')
  text(): string {
    return 'hello';
  }

  @Get('json')
  @Header('X-Sample', 'yes')
  json(@Query('name') name: string): object {
    return { name };
  }

  @Get('request')
  request(@Req() request: Request): object {
    const { path, query, protocol, hostname, ip, xhr, fresh } = request;
    return { path, query, protocol, hostname, ip, xhr, fresh, accepts: request.accepts('json', 'html') };
  }

  @Get('response')
  response(@Res() response: Response): void {
    response.status(418).cookie('a', 'b').vary('Accept').type('html').send('<p>');
  }

  @Get('redirect')
  redirect(@Res() response: Response): void {
    response.redirect('/text');
  }

  @Get('guarded')
  @UseGuards({ canActivate: () => false })
  guarded(): string {
    return 'unreachable';
  }

  @Get('intercepted')
  @UseInterceptors({
    intercept: (_context, next) => next.handle().pipe(map((answer: string) => `(${answer})`)),
  })
  intercepted(): string {
    return 'intercepted';
  }

  @Get('filtered')
  @UseFilters({
    catch: (error: Error, host) =>
      host.switchToHttp().getResponse<Response>().status(410).send(error.message),
  })
  filtered(): never {
    throw new Error('filtered');
  }

  @Get('passed-on')
  passedOn(@Next() next: NextFunction): void {
    next();
  }

  @Get('failed')
  failed(@Next() next: NextFunction): void {
    next(new Error('failed'));
  }

  @Get('covered')
  covered(@Req() request: Request & { seen?: string }): string {
    return `seen by ${request.seen}`;
  }

  @Get('items/:id')
  item(@Param('id') id: string): string {
    return `item ${id}`;
  }

  /** The route above comes first. */
  @Get('items/first')
  first(): string {
    return 'first';
  }

  @Get('error')
  error(): never {
    throw new Error('broken');
  }

  @Post('body')
  body(@Req() request: Request): unknown {
    return request.body;
  }
}

@Module({ controllers: [SampleController] })
class SampleModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: Request & { seen?: string }, _response: Response, next: NextFunction) => {
        request.seen = 'middleware';
        next();
      })
      .forRoutes('covered');
  }
}

async function start(adapter: ExpressAdapter, options: NestApplicationOptions = {}) {
  const app = await NestFactory.create<NestExpressApplication>(SampleModule, adapter, {
    logger: false,
    ...options,
  });
  const server = await app.listen(0, '127.0.0.1');
  return { app, port: portOf(server) };
}

/** The whole answer as it stands on the wire, but for the date. */
async function answerTo(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').end(request);
  return (await text(socket)).replace(/Date: .*\r\n/, '');
}

const REQUESTS = [
  'GET /text HTTP/1.1',
  'HEAD /text HTTP/1.1',
  'GET /json?name=a%20b HTTP/1.1',
  'GET /json?name[]=a HTTP/1.1',
  'GET /request?x=1 HTTP/1.1\r\nX-Requested-With: XMLHttpRequest\r\nAccept: text/html',
  'GET /response HTTP/1.1',
  'GET /redirect HTTP/1.1\r\nAccept: text/html',
  'GET /error HTTP/1.1',
  'GET /guarded HTTP/1.1',
  'GET /intercepted HTTP/1.1',
  'GET /filtered HTTP/1.1',
  'GET /passed-on HTTP/1.1',
  'GET /failed HTTP/1.1',
  'GET /covered HTTP/1.1',
  'GET /items/first HTTP/1.1',
  'GET /missing HTTP/1.1',
  'OPTIONS /text HTTP/1.1',
  'POST /body HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
  'POST /body HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
  'GET /text HTTP/1.0',
  'GET  HTTP/1.1',
];

describe('QuickExpressAdapter', () => {
  it("answers as Nest's own does", async () => {
    const [quick, stock] = [await start(new QuickExpressAdapter()), await start(new ExpressAdapter())];
    for (const line of REQUESTS) {
      const request = line.includes('\r\n\r\n')
        ? line.replace('\r\n', '\r\nHost: a\r\nConnection: close\r\n')
        : `${line}\r\nHost: a\r\nConnection: close\r\n\r\n`;
      const expected = await answerTo(stock.port, request);
      expect(expected).toMatch(/^HTTP\/1.1 \d+/);
      expect(await answerTo(quick.port, request)).toBe(expected);
    }
    await Promise.all([quick.app.close(), stock.app.close()]);
  });

  it('lets applications in one process keep their own settings', async () => {
    const [one, other] = [await start(new QuickExpressAdapter()), await start(new QuickExpressAdapter())];
    one.app.disable('x-powered-by');
    const request =
      'GET /request HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n';
    other.app.set('trust proxy', true);
    expect(await answerTo(one.port, request)).toContain('"protocol":"http"');
    expect(await answerTo(other.port, request)).toContain('"protocol":"https"');
    expect(await answerTo(one.port, request)).not.toContain('X-Powered-By');
    expect(await answerTo(other.port, request)).toContain('X-Powered-By');
    await Promise.all([one.app.close(), other.app.close()]);
  });

  it('serves TLS', async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) =>
      readFileSync(join(__dirname, '../../test/tls', name)),
    );
    const { app, port } = await start(new QuickExpressAdapter(), { httpsOptions: { key, cert } });
    const agent = new Agent({ ca: cert });
    const request = requestTls({ port, host: 'localhost', path: '/request', agent }).end();
    const [response] = await once(request, 'response');
    expect(JSON.parse(await text(response))).toMatchObject({ protocol: 'https', path: '/request' });
    await app.close();
  });

  it('passes upgrades on', async () => {
    const { app, port } = await start(new QuickExpressAdapter());
    app.getHttpServer().on('upgrade', (_request: unknown, socket: NodeJS.WritableStream) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sample\r\n\r\n');
    });
    const answer = await answerTo(
      port,
      'GET /text HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: sample\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 101/);
    await app.close();
  });

  it('destroys open connections on close if configured', async () => {
    const { app, port } = await start(new QuickExpressAdapter(), { forceCloseConnections: true });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /text HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    socket.write('GET /text HTTP/1.1\r\n'); // a request that never ends
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await app.close();
    await closed;
  });
});
