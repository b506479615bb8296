import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SETTINGS, type Settings } from '../settings.js';
import { asksForWebSocket } from './upgrades.js';

/**
 * Ends the server's connections in order: no new ones, the idle ones closed, requests in progress answered first,
 * and whatever is left when the time is up cut off. Node's `server.close()` alone would wait for connections on which
 * nothing was ever asked, and for those that fall idle after it was called.
 */
@Injectable()
export class Connections implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(Connections.name);
  /** Every open connection and how many requests are in progress on it; an upgrade is one that does not end. */
  private readonly open = new Map<Socket, number>();
  private closed: Promise<void> | undefined;
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Nest makes it only after the providers. */
  private get server(): Server {
    return this.host.httpAdapter.getHttpServer();
  }

  onApplicationBootstrap(): void {
    this.server.on('connection', (socket) => {
      this.open.set(socket, 0);
      socket.once('close', () => this.open.delete(socket));
    });
    this.server.on('upgrade', (request) => {
      if (asksForWebSocket(request)) this.begin(request.socket);
    });
    this.server.on('request', ({ socket }, response) => {
      this.begin(socket);
      if (this.closed) response.setHeader('Connection', 'close');
      response.once('close', () => this.end(socket));
    });
  }

  beforeApplicationShutdown(): void {
    const seconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS;
    this.deadline = setTimeout(() => this.cutOff(), seconds * 1000);
    this.closed = new Promise((resolve) => this.server.close(() => resolve()));
    for (const [socket, requests] of this.open) if (requests === 0) socket.destroy();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.closed;
    clearTimeout(this.deadline);
  }

  private begin(socket: Socket): void {
    this.open.set(socket, (this.open.get(socket) ?? 0) + 1);
  }

  private end(socket: Socket): void {
    const requests = this.open.get(socket);
    if (requests === undefined) return;
    this.open.set(socket, requests - 1);
    if (this.closed && requests === 1) socket.destroySoon();
  }

  private cutOff(): void {
    const seconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS;
    this.logger.warn(`Cutting off ${this.open.size} connections that did not end within ${seconds} s`);
    for (const socket of this.open.keys()) socket.destroy();
  }
}
