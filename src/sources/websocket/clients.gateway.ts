import type { IncomingMessage } from 'node:http';
import { Inject, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { RawData, WebSocket } from 'ws';
import { ObservationScanner } from '../../formats/scanner.js';
import { arrivals, Lifecycle } from '../../lifecycle/lifecycle.js';
import type { ConnectedClients } from '../../metrics/collectors.js';
import { printable } from '../../platform/printable.js';
import type { Reason } from '../../recording/observation.js';
import { RecorderService } from '../../recording/recorder.service.js';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import { InjectIngestAuth } from '../../server/auth.js';
import { BearerAuth } from '../../server/bearer-auth.js';
import { RateLimit } from '../../server/rate-limit.js';
import { type Refusal, Refusals } from '../../server/refusals.js';
import type { ServerSettings } from '../../server/server.settings.js';
import type { LogSettings } from '../../settings/log.settings.js';
import { SETTINGS } from '../../settings/token.js';
import { Client } from './client.js';
import type { PathParameters } from './clients.adapter.js';
import { authorizationOf } from './credentials.js';
import { frame, PONG } from './frame.js';
import { Heartbeat } from './heartbeat.js';
import { BINARY, parseMessage } from './parse-message.js';
import { recordedReply, rejectedReply } from './replies.js';
import { Traffic } from './traffic.js';
import type { WebSocketSettings } from './websocket.settings.js';

/** RFC 6455, 7.4.1: the endpoint goes away, for example because the server shuts down. */
const GOING_AWAY = 1001;

/** RFC 6455, 7.4.1: the client violated a policy: unread replies, a revoked token, or a flood of frames without observations. */
const POLICY_VIOLATION = 1008;

/** The errors of ws for a message that is larger than allowed, in bytes or in fragments. */
const TOO_LARGE: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
]);

/**
 * `/ws/{id}`: counts connected clients, drops those that no longer answer, and records the observations that they send.
 * Every message is answered. A message that is not understood counts as a rejected observation.
 */
@WebSocketGateway({ path: '/ws/:id' })
export class ClientsGateway implements OnApplicationBootstrap, OnGatewayConnection, OnGatewayDisconnect {
  private readonly logger = new Logger('ClientsGateway');
  private readonly logsMessages: boolean;
  private readonly clients = new Map<WebSocket, Client>();
  private readonly scanner: ObservationScanner;
  private readonly heartbeat: Heartbeat;
  private readonly traffic = new Traffic(this.logger, () => this.clients.size);

  constructor(
    @Inject(SETTINGS)
    private readonly settings: RecordingSettings & ServerSettings & WebSocketSettings & LogSettings,
    private readonly recorder: RecorderService,
    private readonly rateLimit: RateLimit,
    private readonly refusals: Refusals,
    @InjectIngestAuth() private readonly auth: BearerAuth,
    @InjectMetric('connected_clients') private readonly connectedClients: ConnectedClients,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onStop('WebSocket clients', () => this.stop());
    this.scanner = new ObservationScanner(recorder.labels);
    this.logsMessages = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'verbose';
    this.heartbeat = new Heartbeat(settings.HEARTBEAT_SECONDS * 1000, (judges) => this.beat(judges));
  }

  onApplicationBootstrap(): void {
    this.auth.on('changed', () => this.closeRevoked());
    this.heartbeat.start();
    this.traffic.start();
  }

  /**
   * Answers the messages that have arrived, and closes the clients. Later messages are not recorded: the code 1001 tells
   * a client that none of its unanswered messages was recorded.
   */
  private async stop(): Promise<void> {
    this.heartbeat.stop();
    this.traffic.stop();
    await arrivals();
    for (const socket of this.clients.keys()) socket.close(GOING_AWAY, 'the service is shutting down');
  }

  handleConnection(socket: WebSocket, request: IncomingMessage, { id = '' }: PathParameters): void {
    const name = printable(id);
    const address = this.rateLimit.addressOf(request);
    const authorization = authorizationOf(request.headers);
    this.clients.set(socket, new Client(socket, request.socket, name, address, authorization));
    this.connectedClients.inc();
    socket.on('ping', this.onPing).on('message', this.onMessage).on('error', this.onError);
    this.logger.debug(`${name} connected`);
    this.traffic.came();
  }

  handleDisconnect(socket: WebSocket): void {
    const client = this.clients.get(socket);
    if (!client) return;
    this.clients.delete(socket);
    this.connectedClients.dec();
    this.logger.debug(`${client.name} disconnected`);
    this.traffic.left();
  }

  /**
   * Pings every client, and drops those that have sent nothing since the last beat.
   *
   * @param judges whether silent clients are dropped; otherwise all are only pinged
   */
  beat(judges = true): void {
    for (const client of this.clients.values()) {
      if (!client.isOpen) continue;
      if (client.hasSent() || !judges) client.socket.ping();
      else if (client.paused) this.expel(client, 'unread_answers', 'answers are not read');
      else {
        this.logger.warn(`Dropping ${client.name}: no answer to the heartbeat`);
        client.socket.terminate();
      }
    }
  }

  /** Closes the clients whose tokens are no longer valid. */
  private closeRevoked(): void {
    for (const client of this.clients.values()) {
      if (this.auth.refusalOf(client.authorization)) {
        this.expel(client, 'token_revoked', 'the token is not valid any more');
      }
    }
  }

  private expel(client: Client, reason: Refusal, detail: string): void {
    if (!client.isOpen) return;
    this.refusals.count(reason);
    this.refusals.log('websocket', reason, client.name, detail);
    client.socket.close(POLICY_VIOLATION, detail);
  }

  // All clients share these listeners, because there may be thousands of clients. Their `this` is the socket.

  private readonly onPing = this.listener((client, data: Buffer) => {
    this.answer(client, frame(PONG, data), data.length, true);
  });

  private readonly onMessage = this.listener((client, data: RawData, isBinary: boolean) => {
    if (!Buffer.isBuffer(data)) return; // always a Buffer, unless the socket's binaryType is changed
    if (this.logsMessages) {
      this.logger.debug(
        `received message from ${client.name}: ${data.length} bytes of ${isBinary ? 'binary' : 'text'}`,
      );
    }
    const { reply, idle } = this.take(client, data, isBinary);
    this.answer(client, reply, data.length, idle);
  });

  /** RFC 6455, 7.1.7: ws closes a client that violates the protocol, with the code for the violation. */
  private readonly onError = this.listener(
    ({ name }, error: NodeJS.ErrnoException) => {
      if (!error.code?.startsWith('WS_ERR_')) return; // the connection broke
      const large = TOO_LARGE.has(error.code);
      this.refusals.count(large ? 'message_too_large' : 'protocol_error');
      this.refuse(name, large ? 'too_large' : 'protocol_error', error.message);
    },
    { closing: true },
  );

  /** @param closing whether to handle events while the client is being closed */
  private listener<T extends unknown[]>(
    listen: (client: Client, ...event: T) => void,
    { closing = false } = {},
  ) {
    const { clients } = this;
    return function onEvent(this: WebSocket, ...event: T): void {
      const client = clients.get(this);
      if (client && (closing || client.isOpen)) listen(client, ...event);
    };
  }

  private answer(client: Client, reply: Buffer, bytes: number, idle: boolean): void {
    if (client.answer(reply, bytes, idle)) return;
    this.expel(client, 'flooding', 'too many frames that carry no observations');
  }

  /** Records the observations of a message, and returns its reply and whether it carried none. */
  private take(client: Client, data: Buffer, isBinary: boolean): { reply: Buffer; idle: boolean } {
    const { RATE_LIMIT, MAX_OBSERVATIONS } = this.settings;
    if (!this.rateLimit.allows(client.address)) {
      const detail = `more than ${RATE_LIMIT} messages a second from one address`;
      return { reply: this.refuse(client.name, 'rate_limited', detail), idle: true };
    }
    const message = isBinary ? BINARY : parseMessage(data, this.scanner);
    if ('fault' in message) {
      return { reply: this.refuse(client.name, message.fault, message.detail), idle: true };
    }
    const { length } = message.candidates;
    if (length > MAX_OBSERVATIONS) {
      const detail = `${length} observations are more than the ${MAX_OBSERVATIONS} of one message`;
      return { reply: this.refuse(client.name, 'too_many', detail, length), idle: false };
    }
    const problems = this.recorder.offerAll('websocket', message.candidates);
    if (problems.length === 0) return { reply: recordedReply(length), idle: false };
    this.refusals.logBatch('websocket', client.name, message.candidates, problems, this.recorder.labels);
    return { reply: rejectedReply(problems), idle: false };
  }

  /** Counts and logs a message that is refused as a whole, and returns its reply. */
  private refuse(name: string, reason: Reason<'websocket'>, detail: string, count = 1): Buffer {
    this.recorder.refuse('websocket', reason, count);
    this.refusals.log('websocket', reason, name, detail);
    return rejectedReply([{ detail }]);
  }
}
