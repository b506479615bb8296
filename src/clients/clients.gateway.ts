import type { IncomingMessage } from 'node:http';
import { Inject, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { RawData, WebSocket } from 'ws';
import type { ConnectedClients } from '../metrics/collectors.js';
import { SETTINGS, type Settings } from '../settings.js';
import type { PathParameters } from './clients.adapter.js';
import { printable } from './printable.js';

interface Client {
  /** The id of its path, fit for a log line. */
  name: string;
  /** Whether anything was heard from it since the last heartbeat. */
  heard: boolean;
}

/** RFC 6455, 7.4.1: the client broke the rules, here by not reading what it is answered. */
const POLICY_VIOLATION = 1008;

/** Bytes of answers that may wait for a client that does not read them. */
const MOST_UNREAD_BYTES = 1_048_576;

/** `/ws/{id}`: counts the clients that are connected and drops those that have vanished without a word. */
@WebSocketGateway({ path: '/ws/:id' })
export class ClientsGateway
  implements OnApplicationBootstrap, OnGatewayConnection, OnGatewayDisconnect, BeforeApplicationShutdown
{
  private readonly logger = new Logger(ClientsGateway.name);
  private readonly clients = new Map<WebSocket, Client>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @InjectMetric('connected_clients') private readonly connectedClients: ConnectedClients,
  ) {}

  onApplicationBootstrap(): void {
    this.heartbeat = setInterval(() => this.beat(), this.settings.HEARTBEAT_SECONDS * 1000);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.heartbeat);
  }

  handleConnection(socket: WebSocket, _request: IncomingMessage, { id = '' }: PathParameters): void {
    const client: Client = { name: printable(id), heard: true };
    this.clients.set(socket, client);
    this.connectedClients.inc();
    socket.on('pong', () => (client.heard = true));
    socket.on('message', (data, isBinary) => this.receive(socket, client, data, isBinary));
    socket.on('error', (error) => this.logger.warn(`error of client ${client.name}: ${error.message}`));
    this.logger.log(`${client.name} connected`);
  }

  handleDisconnect(socket: WebSocket): void {
    const client = this.clients.get(socket);
    if (!client) return;
    this.clients.delete(socket);
    this.connectedClients.dec();
    this.logger.log(`${client.name} disconnected`);
  }

  /** The sockets of all clients that are counted. */
  sockets(): Iterable<WebSocket> {
    return this.clients.keys();
  }

  /** Pings every client, and drops those of which nothing was heard since the last time. */
  beat(): void {
    for (const [socket, client] of this.clients) {
      if (client.heard) {
        client.heard = false;
        socket.ping();
      } else {
        this.logger.warn(`${client.name} does not answer the heartbeat and is dropped`);
        socket.terminate();
      }
    }
  }

  private receive(socket: WebSocket, client: Client, data: RawData, isBinary: boolean): void {
    client.heard = true;
    if (socket.readyState !== socket.OPEN) return;
    const bytes = Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
    this.logger.debug(
      `received message from ${client.name}: ${bytes} bytes of ${isBinary ? 'binary' : 'text'}`,
    );
    this.answer(socket, client, 'rejected', { problems: [{ detail: 'this message is not understood' }] });
  }

  private answer(socket: WebSocket, client: Client, event: string, data: unknown): void {
    if (socket.bufferedAmount > MOST_UNREAD_BYTES) {
      this.logger.warn(`${client.name} does not read its answers and is closed`);
      socket.close(POLICY_VIOLATION, 'answers are not read');
      return;
    }
    socket.send(JSON.stringify({ event, data }));
  }
}
