import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { WebSocket } from 'ws';
import type { ConnectedClients } from '../metrics/collectors.js';
import type { Problem } from '../recording/observation.js';
import { RecorderService } from '../recording/recorder.service.js';
import { SETTINGS, type Settings } from '../settings.js';
import type { PathParameters } from './clients.adapter.js';
import { parseMessage } from './parse-message.js';
import { printable } from './printable.js';

interface Client {
  /** The id of its path, fit for a log line. */
  name: string;
  connection: Socket;
  /** Bytes that had come from it at the last heartbeat. */
  bytesRead: number;
  /** Whether nothing is read from it, because too many answers wait to be read by it. */
  paused: boolean;
}

type Answer =
  { event: 'recorded'; data: { recorded: number } } | { event: 'rejected'; data: { problems: Problem[] } };

/** RFC 6455, 7.4.1: the client broke the rules, here by not reading what it is answered. */
const POLICY_VIOLATION = 1008;

/** Bytes of answers that may wait for a client; as long as more do, nothing is read from it. */
const MOST_UNREAD_BYTES = 1_048_576;

/**
 * `/ws/{id}`: counts the clients that are connected, drops those that have vanished without a word, and takes the
 * observations they send; every message is answered, and one that is not understood counts as one that is rejected.
 */
@WebSocketGateway({ path: '/ws/:id' })
export class ClientsGateway
  implements OnApplicationBootstrap, OnGatewayConnection, OnGatewayDisconnect, BeforeApplicationShutdown
{
  private readonly logger = new Logger(ClientsGateway.name);
  private readonly logsMessages: boolean;
  private readonly clients = new Map<WebSocket, Client>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly recorder: RecorderService,
    @InjectMetric('connected_clients') private readonly connectedClients: ConnectedClients,
  ) {
    this.logsMessages = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'verbose';
  }

  onApplicationBootstrap(): void {
    this.heartbeat = setInterval(() => this.beat(), this.settings.HEARTBEAT_SECONDS * 1000);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.heartbeat);
  }

  handleConnection(socket: WebSocket, request: IncomingMessage, { id = '' }: PathParameters): void {
    const client: Client = { name: printable(id), connection: request.socket, bytesRead: -1, paused: false };
    const sent = (): void => this.readOn(socket, client);
    this.clients.set(socket, client);
    this.connectedClients.inc();
    socket.on('ping', (data) => {
      if (socket.readyState === socket.OPEN) socket.pong(data, false, sent);
      this.pauseIfUnread(socket, client);
    });
    socket.on('message', (data, isBinary) => {
      // It is a Buffer, as long as nobody changes the socket's binaryType.
      if (socket.readyState !== socket.OPEN || !Buffer.isBuffer(data)) return;
      if (this.logsMessages) this.logMessage(client, data, isBinary);
      socket.send(JSON.stringify(this.answerTo(isBinary ? undefined : data.toString())), sent);
      this.pauseIfUnread(socket, client);
    });
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

  /** Pings every client, and drops those from which nothing has come since the last time. */
  beat(): void {
    for (const [socket, client] of this.clients) {
      if (socket.readyState !== socket.OPEN) continue;
      const { bytesRead } = client.connection;
      if (bytesRead !== client.bytesRead) {
        client.bytesRead = bytesRead;
        socket.ping();
      } else if (client.paused) {
        this.logger.warn(`${client.name} does not read its answers and is closed`);
        socket.close(POLICY_VIOLATION, 'answers are not read');
      } else {
        this.logger.warn(`${client.name} does not answer the heartbeat and is dropped`);
        socket.terminate();
      }
    }
  }

  private pauseIfUnread(socket: WebSocket, client: Client): void {
    if (client.paused || socket.bufferedAmount <= MOST_UNREAD_BYTES) return;
    client.paused = true;
    socket.pause();
  }

  private readOn(socket: WebSocket, client: Client): void {
    if (!client.paused || socket.bufferedAmount > MOST_UNREAD_BYTES / 2) return;
    client.paused = false;
    socket.resume();
  }

  private logMessage({ name }: Client, data: Buffer, isBinary: boolean): void {
    this.logger.debug(
      `received message from ${name}: ${data.length} bytes of ${isBinary ? 'binary' : 'text'}`,
    );
  }

  private answerTo(text: string | undefined): Answer {
    const message = parseMessage(text);
    if ('fault' in message) {
      this.recorder.refuse('websocket', message.fault);
      return { event: 'rejected', data: { problems: [{ detail: message.detail }] } };
    }
    const problems = this.recorder.offerAll('websocket', message.candidates);
    return problems.length > 0
      ? { event: 'rejected', data: { problems } }
      : { event: 'recorded', data: { recorded: message.candidates.length } };
  }
}
