import { setImmediate, setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { BrokerConnected, BrokerDisconnects } from '../../metrics/collectors.js';
import { messageOf } from '../../platform/message-of.js';
import { SETTINGS, SettingsError } from '../../settings/token.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import type { BrokerSettings } from './broker.settings.js';
import { Acknowledgements } from './acknowledgements.js';
import { connect, connectionOptions } from './connect.js';
import type { Delivery } from './subscribe.js';
import { Intake } from './intake.js';
import { pull } from './jet-stream.js';
import { pauseAfter } from '../../platform/backoff.js';
import { subscribe } from './subscribe.js';

/**
 * A source: observations that are published to a NATS subject, shared among all replicas. It reconnects forever, even if no
 * server is available at the start, and the rest of the service runs meanwhile (docs/decisions/0015). See subscribe.ts for
 * what is lost without a stream.
 */
@Injectable()
export class BrokerService implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('BrokerService');
  private readonly acknowledgements = new Acknowledgements();
  private readonly stopping = new AbortController();
  private readonly labels: { subject: string };
  private connection: NatsConnection | undefined;
  private running: Promise<void> | undefined;
  /** Matches inbox names in error messages, which differ in each connection. */
  private readonly inbox: RegExp;
  /** Consecutive attempts that failed or soon ended, and why the last one failed. */
  private failures = 0;
  private failure: string | undefined;
  /** Milliseconds: the pause before this attempt, and since when messages are received. */
  private pause = 0;
  private since = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: BrokerSettings,
    private readonly intake: Intake,
    private readonly lifecycle: Lifecycle,
    @InjectMetric('service_collector_broker_connected') private readonly connected: BrokerConnected,
    @InjectMetric('service_collector_broker_disconnects_total')
    private readonly disconnects: BrokerDisconnects,
  ) {
    this.labels = { subject: settings.NATS_SUBJECT };
    const prefix = settings.NATS_INBOX_PREFIX ?? '_INBOX';
    this.inbox = new RegExp(`${prefix.replace(/\W/g, '\\$&')}\\.[\\w.*]+`, 'g');
    lifecycle.onStop('NATS', () => this.stop());
    connected.set(this.labels, 0);
    disconnects.series(this.labels);
  }

  /** @throws {SettingsError} if a file of the settings cannot be used */
  async onModuleInit(): Promise<void> {
    await connectionOptions(this.settings).catch((error: unknown) => {
      throw new SettingsError(
        `Cannot start, because a credentials or certificate file for NATS cannot be used: ${messageOf(error)}`,
      );
    });
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Unsubscribes, records and acknowledges messages in flight, and disconnects. */
  private async stop(): Promise<void> {
    this.stopping.abort();
    const { connection } = this;
    if (connection === undefined) return; // a connection that is being made is closed later
    this.lifecycle.late.addEventListener('abort', () => void connection.close());
    await Promise.race([connection.drain(), connection.closed()]).catch(() => connection.close());
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.deliver().catch((error: unknown) => this.failed(error));
      this.pause = pauseAfter(this.failures++);
      await setTimeout(this.pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Receives messages over one connection until it ends. */
  private async deliver(): Promise<void> {
    const connection = await connect(this.settings);
    if (this.stopping.signal.aborted) return connection.close();
    this.connection = connection;
    try {
      const refused = refusal(connection);
      const { ended, waiting } = await Promise.race([this.begin(connection), refused.then(thrown)]);
      this.begun(connection.getServer(), waiting);
      const reason = await Promise.race([connection.closed(), ended, refused]);
      if (!this.stopping.signal.aborted) this.lost(reason);
    } finally {
      // The shutdown drains it first.
      await (this.stopping.signal.aborted ? connection.closed() : connection.close());
      this.connected.set(this.labels, 0);
      this.connection = undefined;
    }
  }

  private async begin(connection: NatsConnection): Promise<Delivery> {
    const { NATS_STREAM } = this.settings;
    const delivery =
      NATS_STREAM === undefined
        ? subscribe(connection, this.settings, this.intake)
        : await pull(connection, { ...this.settings, NATS_STREAM }, this.intake, this.acknowledgements);
    // The server answers in order, so it has refused what it does not permit by then. The client reports that within this turn.
    await Promise.race([connection.flush(), connection.closed()]);
    await setImmediate();
    return delivery;
  }

  private begun(server: string, waiting: number | undefined): void {
    this.failure = undefined;
    this.since = performance.now();
    this.connected.set(this.labels, 1);
    const wait = waiting === undefined ? '' : `: ${waiting} messages wait in the stream`;
    this.logger.log(`Receiving observations from ${this.settings.NATS_SUBJECT} at ${server}${wait}`);
  }

  private lost(reason: unknown): void {
    // Only after a longer connection, so that a server that soon disconnects is not tried several times a second.
    if (performance.now() - this.since > this.pause) this.failures = 0;
    this.disconnects.inc(this.labels);
    this.logger.warn(
      `NATS connection lost, reconnecting: ${reason === undefined ? 'the server closed it' : messageOf(reason)}`,
    );
  }

  private failed(error: unknown): void {
    const message = messageOf(error);
    const failure = message.replaceAll(this.inbox, '');
    if (failure !== this.failure && !this.stopping.signal.aborted) {
      this.logger.warn(
        `Cannot receive observations from ${this.settings.NATS_URL.join(', ')}, retrying: ${message}`,
      );
    }
    this.failure = failure;
  }
}

/**
 * Resolves with an error when the server refuses something, or when the connection is closed. After a refusal the server is
 * silent: messages would not arrive, or be redelivered forever because they cannot be acknowledged.
 */
async function refusal(connection: NatsConnection): Promise<void | Error> {
  for await (const status of connection.status()) if (status.type === 'error') return status.error;
  return connection.closed();
}

function thrown(reason: void | Error): never {
  throw reason ?? new Error('the connection was closed');
}
