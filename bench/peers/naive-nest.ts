// The tutorial's service as a plain Nest application: the framework's and nestjs-prometheus' defaults throughout.
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Injectable, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
  PrometheusModule,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import { ENVIRONMENTS, type Observation } from '../observations.js';
import { RESPONSE_CODE, RESPONSE_TIME } from './tutorial-metrics.js';

@Injectable()
class ResponsesService {
  constructor(
    @InjectMetric('response_code') private readonly responseCode: Counter,
    @InjectMetric('response_time') private readonly responseTime: Histogram,
  ) {}

  record({ env, statuscode, seconds }: Observation): void {
    this.responseCode.inc({ env, statuscode, type: `${Math.floor(statuscode / 100)}00` });
    this.responseTime.observe({ env }, seconds);
  }

  @Interval(10)
  simulate(): void {
    this.record({
      env: ENVIRONMENTS[Math.floor(Math.random() * ENVIRONMENTS.length)] ?? '',
      statuscode: 100 + Math.floor(Math.random() * 499),
      seconds: 0.001 + Math.random() * 9.999,
    });
  }
}

@Controller()
class AppController {
  constructor(
    @InjectMetric('incoming_requests') private readonly incomingRequests: Counter,
    private readonly responses: ResponsesService,
  ) {}

  @Get('some')
  some(): string {
    this.incomingRequests.inc();
    return 'hello!';
  }

  @Post('observations')
  @HttpCode(200)
  push(@Body() observations: Observation[]): { recorded: number } {
    for (const observation of observations) this.responses.record(observation);
    return { recorded: observations.length };
  }
}

@WebSocketGateway({ path: '/ws/bench' })
class ClientsGateway {
  constructor(
    @InjectMetric('connected_clients') private readonly connectedClients: Gauge,
    private readonly responses: ResponsesService,
  ) {}

  handleConnection(): void {
    this.connectedClients.inc();
  }

  handleDisconnect(): void {
    this.connectedClients.dec();
  }

  @SubscribeMessage('observations')
  take(@MessageBody() data: Observation | Observation[]): { event: string; data: { recorded: number } } {
    const observations = Array.isArray(data) ? data : [data];
    for (const observation of observations) this.responses.record(observation);
    return { event: 'recorded', data: { recorded: observations.length } };
  }
}

@Module({
  imports: [PrometheusModule.register(), ScheduleModule.forRoot()],
  controllers: [AppController],
  providers: [
    makeCounterProvider({ name: 'incoming_requests', help: 'Incoming Requests' }),
    makeGaugeProvider({ name: 'connected_clients', help: 'Connected Clients' }),
    makeCounterProvider(RESPONSE_CODE),
    makeHistogramProvider(RESPONSE_TIME),
    ResponsesService,
    ClientsGateway,
  ],
})
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule);
app.useBodyParser('json', { limit: '1mb' });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
