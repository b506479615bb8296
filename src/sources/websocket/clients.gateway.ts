import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type OnGatewayConnection, type OnGatewayDisconnect, WebSocketGateway } from '@nestjs/websockets';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { RawData, WebSocket } from 'ws';
import { InjectIngestAuth } from '../../server/auth.module.js';
import { BearerAuth } from '../../server/bearer-auth.js';
import { arrivals } from '../../lifecycle/arrivals.js';
import { RateLimit } from '../../server/rate-limit.js';
import { type Refusal, Refusals } from '../../server/refusals.js';
import type { ConnectedClients } from '../../metrics/collectors.js';
import { printable } from '../../platform/printable.js';
import type { Problem } from '../../recording/observation.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { authorizationOf } from './credentials.js';
import type { PathParameters } from './clients.adapter.js';
import { frame, PONG, TEXT } from './frame.js';
import { BINARY, type Message, parseMessage } from './parse-message.js';

interface Client {
  /** The id of its path, fit for a log line. */
  name: string;
  connection: Socket;
  /** What counts against the rate limit of an address. */
  address: string;
  /** What it showed to come in. */
  authorization: string | undefined;
  /** Bytes that had come from it at the last heartbeat. */
  bytesRead: number;
  /** Whether nothing is read from it, because too many answers wait to be read by it. */
  paused: boolean;
  /** Bytes of the frames that came together and are answered, but the answers not sent yet. */
  answered: number;
  /** How many of them carried no observations. */
  idle: number;
}

/** RFC 6455, 7.4.1: the endpoint goes away, such as a server that shuts down. */
const GOING_AWAY = 1001;

/** RFC 6455, 7.4.1: the client broke the rules, here by not reading answers or by flooding with what carries nothing. */
const POLICY_VIOLATION = 1008;

/** How ws calls it when a message is larger than allowed, in bytes or in fragments. */
const TOO_LARGE: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
]);

/** Bytes of answers that may wait for a client; as long as more do, nothing is read from it. */
const MOST_UNREAD_BYTES = 1_048_576;

/** Bytes of frames after which a client waits until others had their turn. */
const TURN_BYTES = 16_384;

/**
 * Frames that came together and carried no observations, after which a client is closed. What comes together is at most the
 * 64 KiB that Node reads at once, and is all taken before others have their turn.
 */
const MOST_IDLE_FRAMES = 1_000;

/** Bytes of a frame beside its data, at least: RFC 6455, 5.2. */
const FRAME_BYTES = 6;

/**
 * `/ws/{id}`: counts the clients that are connected, drops those that have vanished without a word, and takes the
 * observations they send; every message is answered, and one that is not understood counts as one that is rejected.
 */
@WebSocketGateway({ path: '/ws/:id' })
export class ClientsGateway
  implements OnApplicationBootstrap, OnGatewayConnection, OnGatewayDisconnect, OnModuleDestroy
{
  private readonly logger = new Logger('ClientsGateway');
  private readonly logsMessages: boolean;
  private readonly clients = new Map<WebSocket, Client>();
  private readonly scanner: ObservationScanner;
  private heartbeat: NodeJS.Timeout | undefined;
  private lastRecorded: { count: number; answer: Buffer } | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly recorder: RecorderService,
    private readonly rateLimit: RateLimit,
    private readonly refusals: Refusals,
    @InjectIngestAuth() private readonly auth: BearerAuth,
    @InjectMetric('connected_clients') private readonly connectedClients: ConnectedClients,
  ) {
    this.scanner = new ObservationScanner(settings.ENVIRONMENTS);
    this.logsMessages = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'verbose';
  }

  onApplicationBootstrap(): void {
    this.auth.on('changed', () => this.closeRevoked());
    this.beatLater();
  }

  /**
   * Answers the messages that have arrived, and tells the clients that the service goes away. What arrives later is not
   * recorded: with the code 1001 a client knows that of all messages that are not answered.
   */
  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.heartbeat);
    this.heartbeat = undefined;
    await arrivals();
    for (const socket of this.clients.keys()) socket.close(GOING_AWAY, 'the service is shutting down');
  }

  handleConnection(socket: WebSocket, request: IncomingMessage, { id = '' }: PathParameters): void {
    const name = printable(id);
    const connection = request.socket;
    const address = this.rateLimit.addressOf(request);
    const authorization = authorizationOf(request.headers);
    const counts = { bytesRead: -1, paused: false, answered: 0, idle: 0 };
    this.clients.set(socket, { name, connection, address, authorization, ...counts });
    this.connectedClients.inc();
    socket.on('ping', this.pinged).on('message', this.received).on('error', this.failed);
    this.logger.log(`${name} connected`);
  }

  handleDisconnect(socket: WebSocket): void {
    const client = this.clients.get(socket);
    if (!client) return;
    this.clients.delete(socket);
    this.connectedClients.dec();
    this.logger.log(`${client.name} disconnected`);
  }

  private beatLater(): void {
    const interval = this.settings.HEARTBEAT_SECONDS * 1000;
    const pinged = performance.now();
    this.heartbeat = setTimeout(() => {
      // A process that stood still has kept clients waiting, not they the process: they get another interval.
      const judges = performance.now() - pinged < 1.5 * interval;
      // What came in the meantime is read before that.
      setImmediate(() => {
        if (this.heartbeat === undefined) return; // the service shuts down
        this.beat(judges);
        this.beatLater();
      });
    }, interval);
  }

  /**
   * Pings every client, and drops those from which nothing has come since the last time.
   *
   * @param judges whether clients are dropped, or only pinged
   */
  beat(judges = true): void {
    for (const [socket, client] of this.clients) {
      if (socket.readyState !== socket.OPEN) continue;
      const { bytesRead } = client.connection;
      if (!judges || bytesRead !== client.bytesRead) {
        client.bytesRead = bytesRead;
        socket.ping();
      } else if (client.paused) {
        this.expel(socket, client, 'unread_answers', 'answers are not read');
      } else {
        this.logger.warn(`${client.name} does not answer the heartbeat and is dropped`);
        socket.terminate();
      }
    }
  }

  /** Closes the clients whose token is not valid any more. */
  private closeRevoked(): void {
    for (const [socket, client] of this.clients) {
      if (this.auth.refusalOf(client.authorization)) {
        this.expel(socket, client, 'token_revoked', 'the token is not valid any more');
      }
    }
  }

  private expel(socket: WebSocket, { name }: Client, reason: Refusal, detail: string): void {
    if (socket.readyState !== socket.OPEN) return;
    this.logger.warn(`${name} is closed: ${detail}`);
    this.refusals.count(reason);
    socket.close(POLICY_VIOLATION, detail);
  }

  // All clients share these listeners, whose `this` is the socket: there may be thousands of clients.

  private readonly pinged = this.listener((client, socket, data: Buffer) => {
    client.idle++;
    this.answer(socket, client, frame(PONG, data), data.length);
  });

  private readonly received = this.listener((client, socket, data: RawData, isBinary: boolean) => {
    if (!Buffer.isBuffer(data)) return; // it is one, as long as nobody changes the socket's binaryType
    if (this.logsMessages) this.logMessage(client, data, isBinary);
    this.answer(socket, client, this.take(client, data, isBinary), data.length);
  });

  /** RFC 6455, 7.1.7: ws closes a client that breaks the rules, with the code that says which. */
  private readonly failed = this.listener(
    ({ name }, _socket, error: NodeJS.ErrnoException) => {
      this.logger.warn(`error of client ${name}: ${error.message}`);
      if (!error.code?.startsWith('WS_ERR_')) return;
      const large = TOO_LARGE.has(error.code);
      this.recorder.refuse('websocket', large ? 'too_large' : 'protocol_error');
      this.refusals.count(large ? 'message_too_large' : 'protocol_error');
    },
    { closing: true },
  );

  /** @param closing whether events count also when the client is being closed */
  private listener<T extends unknown[]>(
    listen: (client: Client, socket: WebSocket, ...event: T) => void,
    { closing = false } = {},
  ) {
    const { clients } = this;
    return function onEvent(this: WebSocket, ...event: T): void {
      const client = clients.get(this);
      if (client && (closing || this.readyState === this.OPEN)) listen(client, this, ...event);
    };
  }

  /** Answers past ws, which would send each answer on its own: those to frames that came together leave together. */
  private answer(socket: WebSocket, client: Client, answer: Buffer, bytes: number): void {
    if (client.answered === 0) {
      client.connection.cork();
      process.nextTick(() => this.send(socket, client));
    }
    client.answered += FRAME_BYTES + bytes;
    client.connection.write(answer);
    if (client.idle > MOST_IDLE_FRAMES) {
      this.expel(socket, client, 'flooding', 'too many frames that carry no observations');
    }
  }

  /** Sends the answers, and reads on when the client has read enough of them and others had their turn. */
  private send(socket: WebSocket, client: Client): void {
    const { connection, answered } = client;
    connection.uncork();
    client.answered = 0;
    client.idle = 0;
    if (client.paused) return;
    if (connection.writableLength > MOST_UNREAD_BYTES) {
      this.pause(socket, client);
      connection.once('drain', () => this.readOn(socket, client));
    } else if (answered > TURN_BYTES) {
      this.pause(socket, client);
      setImmediate(() => this.readOn(socket, client));
    }
  }

  private pause(socket: WebSocket, client: Client): void {
    client.paused = true;
    socket.pause();
  }

  private readOn(socket: WebSocket, client: Client): void {
    client.paused = false;
    socket.resume();
  }

  private logMessage({ name }: Client, data: Buffer, isBinary: boolean): void {
    this.logger.debug(
      `received message from ${name}: ${data.length} bytes of ${isBinary ? 'binary' : 'text'}`,
    );
  }

  /** Takes the observations of a message, and returns the frame that answers it. */
  private take(client: Client, data: Buffer, isBinary: boolean): Buffer {
    if (!this.rateLimit.allows(client.address)) {
      client.idle++;
      this.recorder.refuse('websocket', 'rate_limited');
      return rejected([
        { detail: `more than ${this.settings.RATE_LIMIT} messages a second from one address` },
      ]);
    }
    const message: Message = isBinary ? BINARY : parseMessage(data, this.scanner);
    if ('fault' in message) {
      client.idle++;
      this.recorder.refuse('websocket', message.fault);
      return rejected([{ detail: message.detail }]);
    }
    const { length } = message.candidates;
    if (length > this.settings.MAX_OBSERVATIONS) {
      this.recorder.refuse('websocket', 'too_many', length);
      const detail = `${length} observations are more than the ${this.settings.MAX_OBSERVATIONS} of one message`;
      return rejected([{ detail }]);
    }
    const problems = this.recorder.offerAll('websocket', message.candidates);
    return problems.length > 0 ? rejected(problems) : this.recorded(length);
  }

  /** Most senders' messages have one size, so the answer is the same as before. */
  private recorded(count: number): Buffer {
    if (this.lastRecorded?.count !== count) {
      this.lastRecorded = { count, answer: textFrame({ event: 'recorded', data: { recorded: count } }) };
    }
    return this.lastRecorded.answer;
  }
}

function rejected(problems: readonly Problem[]): Buffer {
  return textFrame({ event: 'rejected', data: { problems } });
}

function textFrame(message: object): Buffer {
  return frame(TEXT, Buffer.from(JSON.stringify(message)));
}
