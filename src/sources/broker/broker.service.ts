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
 * A source: observations that others publish to a subject of NATS, shared among all replicas. It connects again for ever,
 * also if no server is there at the start, and the rest of the service goes on meanwhile (docs/decisions/0015). What
 * is lost without a stream, subscribe.ts says.
 */
@Injectable()
export class BrokerService implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('BrokerService');
  private readonly acknowledgements = new Acknowledgements();
  private readonly stopping = new AbortController();
  private readonly labels: { subject: string };
  private connection: NatsConnection | undefined;
  private running: Promise<void> | undefined;
  /** Names of inboxes in messages, which are others in each connection. */
  private readonly inbox: RegExp;
  /** Attempts in a row that have failed or soon ended, and why the last one failed. */
  private failures = 0;
  private failure: string | undefined;
  /** Milliseconds: how long it waited before this attempt, and since when messages are taken. */
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

  /** @throws {SettingsError} if a file that the settings name cannot be used */
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

  /** Takes no more messages, records and acknowledges those that are on their way, and disconnects. */
  private async stop(): Promise<void> {
    this.stopping.abort();
    const { connection } = this;
    if (connection === undefined) return; // one that is still being made is closed then
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

  /** Takes messages over one connection, to its end. */
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
      // The stop drains it first.
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
    // The server answers in order, so by then it has refused what it does not permit; the client tells within this turn.
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
    // Otherwise a server that takes everyone in and soon hangs up would be asked several times a second.
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
 * What the server refuses, when it does, or why the connection is closed. What it does not permit, it drops, without another
 * word: messages would stay away, or come again and again because they cannot be acknowledged.
 */
async function refusal(connection: NatsConnection): Promise<void | Error> {
  for await (const status of connection.status()) if (status.type === 'error') return status.error;
  return connection.closed();
}

function thrown(reason: void | Error): never {
  throw reason ?? new Error('the connection was closed');
}
